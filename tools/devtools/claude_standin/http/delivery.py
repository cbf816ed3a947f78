"""Sends a call's answer, as one body or as events, with the injected faults, and bills it.

A completed call is billed before its last bytes are sent, so that a client with the answer finds it on the invoice.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from devtools.claude_standin.calls import Call
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.faults.steps import Page, Step
from devtools.claude_standin.http.connection import ClientGone, Connection, head, json_response
from devtools.claude_standin.http.sse import OPEN_SECONDS, Event, deliver_drip, encode, ending, events, misreported
from devtools.http.messages import LAST_CHUNK, chunk

GARBAGE_BODY = b"<html><body>upstream connect error or disconnect/reset before headers</body></html>"
GARBAGE_EVENT = b"event: message_start\ndata: {not json at all\n\n"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long answers take: `first` seconds before the first byte, `token` seconds for each token of
    output.
    """

    first: float = 0.0
    token: float = 0.0


def deliver(call: Call, to: Connection, pace: Pace, note: Callable[[int], None]) -> bool:
    """Send the answer of a call; `note` gets its HTTP status just before it is sent.

    Returns:
        Whether the connection can be used again.
    """
    answers = _is_answered(call.step)
    if answers:
        call.begin()
    try:
        to.wait(pace.first + call.step.slow)
        if not answers:
            return _deliver_fault(call, to, note)
        fails_whole = call.step.error_in_stream is not None and not call.streams
        note(529 if fails_whole else 200)
        send = _deliver_stream if call.streams else _deliver_whole
        return send(call, to, pace)
    except ClientGone:
        if answers:
            call.bill("client_gone")
        return False


def _is_answered(step: Step) -> bool:
    """Whether Claude begins an answer."""
    breaks_early = step.reset or step.drips is not None or step.breaks in ("before_head", "in_head")
    return step.status is None and not breaks_early


def _deliver_fault(call: Call, to: Connection, note: Callable[[int], None]) -> bool:
    """An error, or a connection that ends before a response. Free, unless the step is `billed`."""
    step, error = call.step, call.step.error()
    if step.drips is not None:
        note(529 if step.drips == "error" else 200)
        deliver_drip(call, to, step.drips)
        return False
    if step.billed:
        call.begin()
        call.bill("cut")
    if error is not None:
        note(error.status)
        to.send(error_response(error, call.request_id) if step.page is None else _page(step.page, error, call))
        return True
    if step.reset:
        to.reset()
        return False
    if step.breaks == "in_head":
        to.send(head(200, call.request_id, {})[:40])
    to.cut()
    return False


def error_response(error: ApiError, request_id: str) -> bytes:
    """An error's status, headers and JSON."""
    return json_response(error.status, error.body(request_id), request_id, error.headers)


def _page(page: Page, error: ApiError, call: Call) -> bytes:
    """A response whose body is not Claude's."""
    written = json.dumps(error.body(call.request_id)).encode()
    kind, body = {
        "html": ("text/html", GARBAGE_BODY),
        "foreign": ("application/json", b'{"error": {"code": "upstream_error", "message": "upstream failed"}}'),
        "truncated": ("application/json", written[: len(written) // 2]),
        "empty": ("text/plain", b""),
    }[page]
    headers = {"content-type": kind, "content-length": str(len(body)), **error.headers}
    return head(error.status, call.request_id, headers) + body


def _deliver_whole(call: Call, to: Connection, pace: Pace) -> bool:
    to.wait(pace.token * call.usage.output)
    if call.step.garbage:
        call.bill("completed")
        to.send(head(200, call.request_id, {"content-length": str(len(GARBAGE_BODY))}) + GARBAGE_BODY)
        return True
    if call.step.error_in_stream is not None:
        to.send(error_response(ApiError(529), call.request_id))
        return True
    response = json_response(200, call.message(), call.request_id, {})
    if call.step.cut is not None or call.step.breaks is not None:
        call.bill("cut")
        body_starts = response.index(b"\r\n\r\n") + 4
        to.send(response[: body_starts if call.step.breaks == "before_events" else (body_starts + len(response)) // 2])
        return False
    _send_last(call, to, response)
    return True


def _send_last(call: Call, to: Connection, data: bytes) -> None:
    """The last bytes of an answer: billed as the client's being there or not says, and sent."""
    if to.is_gone():
        raise ClientGone
    call.bill("completed", reported=True)
    try:
        to.send(data)
    except ClientGone:
        return  # billed already: the whole answer was made, and the client left while it was under way


def _deliver_stream(call: Call, to: Connection, pace: Pace) -> bool:
    opening = head(
        200,
        call.request_id,
        {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"},
    )
    if call.step.garbage:
        call.bill("completed")
        to.send(opening + chunk(GARBAGE_EVENT) + LAST_CHUNK)
        return True
    every = misreported(events(call.message()), call.step.final_usage)
    breaks_at = _break(call, every)
    if breaks_at is not None:
        return _deliver_broken(call, to, pace, opening, every[:breaks_at])
    sent = 0
    if pace.token or call.step.slow_stream:
        _send_slowly(call, to, pace, opening, every[:-1])
        opening, sent = b"", len(every) - 1
    _send_last(call, to, opening + chunk(b"".join(event.data for event in every[sent:])) + ending(call.step.after_stop))
    if call.step.after_stop == "open":
        to.wait(OPEN_SECONDS)
        return False
    return True


def _break(call: Call, every: list[Event]) -> int | None:
    """How many events go out before a cut or an error: up to so many content events; None for all."""
    if call.step.breaks is not None:
        return 0 if call.step.breaks == "before_events" else 1
    wanted = call.step.cut if call.step.cut is not None else call.step.error_in_stream
    if wanted is None:
        return None
    seen = 0
    for place, event in enumerate(every):
        if event.is_content:
            if seen == wanted:
                return place
            seen += 1
        elif event.name == "message_delta":
            return place
    return len(every) - 1


def _deliver_broken(call: Call, to: Connection, pace: Pace, opening: bytes, sent: list[Event]) -> bool:
    """Some events, and then an error event or nothing at all. Billed as far as it came."""
    began = any(event.is_content for event in sent)
    if pace.token or call.step.slow_stream:
        _send_slowly(call, to, pace, opening, sent)
        opening = b""
    else:
        opening += chunk(b"".join(event.data for event in sent)) if sent else b""
    if call.step.cut is not None or call.step.breaks is not None:
        call.bill("cut", sent[-1].output if sent else 0)
        to.send(opening)
        to.cut()
        return False
    if began:
        call.bill("cut", sent[-1].output)
    failure = encode("error", ApiError(529).body(call.request_id))
    to.send(opening + chunk(failure) + LAST_CHUNK)
    return True


def _send_slowly(call: Call, to: Connection, pace: Pace, opening: bytes, sent: list[Event]) -> None:
    """Send the events one by one. A client that disconnects is billed for the events it received."""
    done = 0
    try:
        to.send(opening)
        for event in sent:
            to.wait(call.step.slow_stream + pace.token * max(0, event.output - done))
            to.send(chunk(event.data))
            done = event.output
    except ClientGone:
        call.bill("client_gone", done)  # a call is billed once: what the caller of this does with it adds nothing
        raise
