"""What of a log is in no figure, and why: every kind is counted and shown."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeGuard

from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.reading import Entry, Unreadable


@dataclass(slots=True)
class Skipped:
    """Counts of entries by the reason why they are not counted as calls, and the files that could not be read."""

    free: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    #: File name → why it could not be read, or not to its end.
    files: dict[str, str] = field(default_factory=dict)

    def is_call(self, entry: Entry) -> TypeGuard[LoggedCall]:
        """Whether an entry is a call to be counted; any other one is counted here."""
        if isinstance(entry, LoggedCall):
            return True
        if not isinstance(entry, Unreadable):
            self.repeated += entry.kind == "repeated"
            self.free[entry.why] += entry.kind == "free"
            return False
        if entry.whole_file:
            self.files[entry.file] = entry.why
        if entry.line:
            self.unreadable[entry.why] += 1
        return False

    def reasons(self) -> Counter[str]:
        """All counts, by reason."""
        found = Counter({f"not read: {why}": number for why, number in self.unreadable.items()})
        found.update({f"not billed: {why}": number for why, number in self.free.items()})
        found.update({f"file {name}: {why}": 1 for name, why in self.files.items()})
        return found + Counter({"found twice": self.repeated})

    def to_json(self) -> dict[str, object]:
        return {
            "unreadable": dict(self.unreadable.most_common()),
            "files_in_error": dict(self.files),
            "free": {why: number for why, number in self.free.most_common() if number},
            "found_twice": self.repeated,
        }
