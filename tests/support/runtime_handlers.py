"""Handlers that the runtime loop is tried with; they run in a process of AWS's emulator."""

import json
import time
from typing import Any

from model_router.runtime.answers import Responder, Streamed


def handler(event: dict[str, Any], context: Any) -> Any:
    """Does what the event's `do` says; the default is to show what was received."""
    action = event.get("do", "echo")
    if action == "raise":
        raise LookupError("a scripted error")
    if action in ("stream", "break"):
        return Streamed(lambda responder: _stream(responder, event))
    return {"event": event, "remaining_ms": context.get_remaining_time_in_millis(), "id": context.aws_request_id}


def _stream(responder: Responder, event: dict[str, Any]) -> None:
    responder.start(200, {"content-type": "text/event-stream"})
    for number in range(event.get("pieces", 3)):
        responder.write(json.dumps({"piece": number}).encode() + b"\n")
        time.sleep(event.get("pause", 0.0))
    if event["do"] == "break":
        raise LookupError("in mid-stream")
