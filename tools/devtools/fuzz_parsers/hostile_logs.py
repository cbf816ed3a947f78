"""Log files that grow: every form of a file and of an entry whose reading could take more than linear time."""

import json
from collections.abc import Callable, Mapping

Log = Callable[[int], bytes]
"""Makes a file of about so many bytes."""

_MESSAGE = {"type": "message", "role": "assistant", "model": "claude-haiku-4-5", "usage": {"input_tokens": 1}}
_ROW = {"request_id": "r", "spend": 1, "prompt_tokens": 1, "startTime": "2026-11-20", "model": "claude-haiku-4-5"}
_DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}
_BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
_START = {"type": "message_start", "message": {**_MESSAGE, "content": []}}
_HEADER = "request_id,spend,prompt_tokens,model,startTime\n"


def _repeated(text: str, before: str = "", after: str = "", encoding: str = "utf-8") -> Log:
    return lambda size: (before + text * max(1, size // len(text)) + after).encode(encoding)


def _numbered(entry: Mapping[str, object], path: tuple[str, ...]) -> Log:
    """Lines of an entry, each with a further number at `path`."""
    text = json.dumps(entry)

    def make(size: int) -> bytes:
        lines = []
        for number in range(max(1, size // len(text))):
            line = json.loads(text)
            inner = line
            for name in path[:-1]:
                inner = inner[name]
            inner[path[-1]] = f"id_{number}"
            lines.append(json.dumps(line))
        return "\n".join(lines).encode()

    return make


def _with_iterations(size: int) -> bytes:
    parts = [{"type": "message", "input_tokens": 1}] * max(1, size // 40)
    return json.dumps({**_ROW, "metadata": json.dumps({"usage_object": {"iterations": parts}})}).encode()


def _events(*events: object) -> str:
    return "".join(f"data: {json.dumps(event)}\n" for event in events)


_TRANSCRIPT = {"type": "assistant", "sessionId": "s", "timestamp": "2026-11-20", "message": {**_MESSAGE, "id": "msg"}}

LOGS: Mapping[str, Log] = {
    "values without line ends": _repeated('{"a":1}'),
    "values without line ends, the last one broken": _repeated('{"a":1}', after='{"a'),
    "an array without an end": _repeated('{"a":1},', "["),
    "lists that are not closed": _repeated("[", '{"a":'),
    "times of CloudWatch Logs": _repeated("2026-11-20T12:00:00.000Z "),
    "UTF-16": _repeated('{"a":1}\n', encoding="utf-16"),
    "rows of a CSV": _repeated("r,1,1,claude-haiku-4-5,2026-11-20\n", _HEADER),
    "a cell that is not closed": _repeated("a", f'{_HEADER}"'),
    "quotation marks in a cell": _repeated('""', f'{_HEADER}"', '"'),
    "columns of a CSV": _repeated("a,", "request_id,"),
    "a stream": _repeated(_events(_DELTA), _events(_START, _BLOCK), _events({"type": "message_stop"})),
    "a stream without an end": _repeated("data: {}\n"),
    "a transcript of one answer": _repeated(json.dumps(_TRANSCRIPT) + "\n"),
    "a transcript of many answers": _numbered(_TRANSCRIPT, ("message", "id")),
    "entries with ids": _numbered(_ROW, ("request_id",)),
    "entries alike without ids": _repeated(json.dumps({**_ROW, "request_id": ""}) + "\n"),
    "iterations in a row": _with_iterations,
}
