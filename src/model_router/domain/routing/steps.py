"""What the steps of an agent say about the tier of the next one: a plan, an edit, or no progress.

A step is one call within a turn; the tool results before it are its news. The signs are in the messages before the
step, so that an earlier step looks the same later:

    plan mode is on                                                       planning
    the same tool call, or the same error, for the third time             stalled
    an edit succeeded or a plan was accepted, and no error since          carrying out
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from model_router.domain.requests.user_text import own_words_of, texts
from model_router.domain.routing.capabilities import content_blocks

Step = Literal["", "planning", "stalled", "carrying out"]

_REPEATS: Final = 3
_EDITS: Final = ("edit", "write", "replace", "patch", "insert")
_NO_EDITS: Final = ("todo", "memory")
_NO_EDIT_COMMANDS: Final = ("view", "undo_edit")
_PLAN_ACCEPTED: Final = ("exitplanmode", "exit_plan_mode")
_PLAN_ON: Final = "plan mode is active"
_PLAN_OFF: Final = ("exited plan mode", "plan mode is off", "plan mode is no longer")


def steps(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Step]]:
    """(place, step) of each call, which its assistant message answers; the answer to come is placed after the last."""
    reader = _Reader()
    for place, message in enumerate(messages):
        if message.get("role") == "assistant":
            yield place, reader.step
            reader.read_calls(message)
        else:
            reader.read_news(message)
    if not messages or messages[-1].get("role") != "assistant":
        yield len(messages), reader.step


class _Reader:
    """Reads a conversation message by message."""

    def __init__(self) -> None:
        self._planning = False
        self._carrying_out = False
        self._repeats: Counter[tuple[str, str]] = Counter()
        self._stalled = False
        #: The kind of each tool call that has no result yet, by its id.
        self._waiting: dict[str, Step] = {}

    @property
    def step(self) -> Step:
        if self._planning:
            return "planning"
        return "stalled" if self._stalled else "carrying out" if self._carrying_out else ""

    def read_calls(self, message: Mapping[str, Any]) -> None:
        for block in content_blocks(message):
            if block.get("type") == "tool_use":
                self._waiting[str(block.get("id"))] = _kind(block)
                self._count("call", f"{block.get('name')} {block.get('input')}")

    def read_news(self, message: Mapping[str, Any]) -> None:
        results = [block for block in content_blocks(message) if block.get("type") == "tool_result"]
        if message.get("role") == "user" and own_words_of(message).strip():
            self._repeats.clear()
            self._stalled = self._carrying_out = False
        said = "\n".join(texts(message.get("content"))).lower()
        if "plan mode" in said:
            self._planning = said.rfind(_PLAN_ON) > max(map(said.rfind, _PLAN_OFF))
        for block in results:
            self._read_result(block)

    def _read_result(self, block: Mapping[str, Any]) -> None:
        kind = self._waiting.pop(str(block.get("tool_use_id")), "")
        if block.get("is_error"):
            self._carrying_out = False
            self._count("error", str(block.get("content")))
        elif kind:
            self._carrying_out = True
            self._planning = self._planning and kind != "planning"

    def _count(self, what: str, text: str) -> None:
        self._repeats[what, text] += 1
        self._stalled = self._stalled or self._repeats[what, text] >= _REPEATS


def _kind(call: Mapping[str, Any]) -> Step:
    """ "carrying out" for an edit, "planning" for a plan that is put forward."""
    name, given = str(call.get("name")).lower(), call.get("input")
    if name in _PLAN_ACCEPTED:
        return "planning"
    command = given.get("command") if isinstance(given, dict) else None
    if not any(word in name for word in _EDITS) or any(word in name for word in _NO_EDITS):
        return ""
    return "" if command in _NO_EDIT_COMMANDS else "carrying out"
