"""Writes an answer as JSON, in the format of the request."""

from model_router.domain import json_codec
from model_router.domain.answers.result import Routed


def message_answer(routed: Routed) -> str:
    """A Messages API answer with the `router` object, or a RoutingResult after a dry run, as text."""
    if routed.message is None:
        return json_codec.dumps(routed.result())
    return json_codec.splice(json_codec.dumps(routed.message), {"router": routed.router_object()})


def plan_events(routed: Routed) -> list[tuple[str, str]]:
    """The streamed answer of a dry run: names and data of the events of an empty message.

    Its `router` object is the RoutingResult without `content`.
    """
    router = routed.router_object()
    usage = {"input_tokens": routed.input_tokens, "output_tokens": 0}
    message: dict[str, object] = {
        "id": f"msg_{routed.request_id.removeprefix('req_')}",
        "type": "message",
        "role": "assistant",
        "model": routed.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
        "router": router,
    }
    end = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage, "router": router}
    events: dict[str, dict[str, object]] = {
        "message_start": {"message": message},
        "message_delta": end,
        "message_stop": {},
    }
    return [(name, json_codec.dumps({"type": name, **fields})) for name, fields in events.items()]


def answer_json(routed: Routed, *, messages: bool) -> str:
    """The answer as text. `messages` says that the request had a Messages API body, not the plain form."""
    return message_answer(routed) if messages else json_codec.dumps(routed.result())
