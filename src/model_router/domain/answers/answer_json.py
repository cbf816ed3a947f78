"""An answer's JSON text, in the form that its request was in."""

from model_router.domain import json_codec
from model_router.domain.answers.result import Routed


def message_answer(routed: Routed) -> str:
    """The text of a Messages API answer with the `router` object; of a RoutingResult after a dry run."""
    if routed.message is None:
        return json_codec.dumps(routed.result())
    return json_codec.splice(json_codec.dumps(routed.message), {"router": routed.router_object()})


def answer_json(routed: Routed, *, messages: bool) -> str:
    """`messages`: the body was one of the Messages API, not the plain form."""
    return message_answer(routed) if messages else json_codec.dumps(routed.result())
