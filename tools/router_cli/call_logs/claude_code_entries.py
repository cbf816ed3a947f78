"""Claude Code's transcripts (`~/.claude/projects/**/*.jsonl`), those of its agents too.

A line is an event of a session. An answer of Claude's has a line for each of its content blocks, all with the answer's
id and a usage that may grow from line to line: the last one is billed. Sessions that were resumed or branched off begin
with a copy of the lines before. Lines of type `progress` repeat what an agent's own transcript holds. `<synthetic>`
messages are Claude Code's own: no model wrote them. An answer without a `stop_reason` was interrupted: its usage is
that of its beginning. So is every usage in the output with `--output-format stream-json`, which is not read.

Source: transcripts that Claude Code 2.1.332 wrote. It documents no format.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import LoggedCall, NotACallError, UnreadableEntryError, mapping, moment

_SIGNS = ("sessionId", "session_id", "leafUuid", "parentUuid", "snapshot")
_SYNTHETIC = "<synthetic>"


def recognises(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry.get("type"), str) and any(sign in entry for sign in _SIGNS)


def read(entry: Mapping[str, Any]) -> LoggedCall:
    message = entry.get("message")
    if entry["type"] != "assistant" or not isinstance(message, Mapping) or message.get("model") == _SYNTHETIC:
        raise NotACallError
    if "sessionId" not in entry:
        raise UnreadableEntryError("stream-json has only the usage of an answer's beginning: the transcript has all")
    usage = mapping(message.get("usage"), "message.usage")
    timestamp = entry.get("timestamp")
    ids = (message.get("id"), entry.get("requestId"))
    return LoggedCall(
        model=str(message.get("model") or ""),
        usage=Usage.from_claude(usage),
        at=moment(timestamp) if timestamp is not None else datetime.now(UTC),
        ids=tuple(name for name in ids if isinstance(name, str) and name),
        partial=True,
        unfinished=message.get("stop_reason") is None,
        # A line has one block of the answer: its content is not known.
        message={name: value for name, value in message.items() if name != "content"},
        client="Claude Code",
    )
