"""The stages that read one part of a request or of an answer, each with what it can be given."""

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from devtools.fuzz_parsers.growth import Work
from model_router.domain.answers.asked_call import AskedCall
from model_router.domain.errors import InvalidRequest
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.header_options import HeaderOptions
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.stable_words import stable_words
from model_router.domain.requests.thread_ids import resumed
from model_router.domain.requests.wrappers import own_words
from model_router.domain.routing.answer_form import form_of_fields
from model_router.domain.routing.housekeeping import housekeeping_of
from model_router.domain.validators import Budget, OutOfTime
from model_router.services.request_path.answer_checks import CHECK_SECONDS

_KEY = ids_key("fuzz")
_TITLE = "Generate a short title for this conversation: "
#: The longest system text, and the longest id of a thread, that are looked at.
_LONGEST_ORDER, _LONGEST_ID = 8_000, 1_000


def _request(text: str, **fields: object) -> RouteRequest:
    body = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": text}], **fields}
    return from_messages_form(body, client="c")


def _thread_ids(text: str) -> Work:
    part = text[: _LONGEST_ID // 2 - 10]
    ids = (text, text[:_LONGEST_ID], f"msg.{part}.{part}")
    requests = [_request("x", thread={"type": "continue", "previous_message_id": name}) for name in ids]
    return lambda: [resumed(request, _KEY) for request in requests]


def _header_options(text: str) -> Work:
    names = [f"x-router-tag-{name.lower()}" for name in text.split()]
    several = ({"x-router-task": text}, {f"x-router-{text}": "v"}, dict.fromkeys(names, "v"))

    def work() -> None:
        for headers in several:
            with contextlib.suppress(InvalidRequest):
                HeaderOptions.of(headers).context()

    return work


def _housekeeping(text: str) -> Work:
    requests = (
        _request(f"{_TITLE}\n{text}"),
        _request(f"{text}\n{_TITLE}", system=text[:1_000]),
        _request("x", system=f"{_TITLE}{text}"[:_LONGEST_ORDER]),
        _request("x", system=f"{text[: _LONGEST_ORDER - len(_TITLE)]}{_TITLE}"),
    )
    forms = [(request.body, form_of_fields(request.body)) for request in requests]
    return lambda: [housekeeping_of(body, form) for body, form in forms]


#: By the stage's name: the work on a text. The texts of the first two are short.
OF_SHORT_TEXTS: Mapping[str, Callable[[str], Work]] = {"thread ids": _thread_ids, "header options": _header_options}
OF_LONG_TEXTS: Mapping[str, Callable[[str], Work]] = {
    "own words": lambda text: lambda: own_words(text),
    "stable words": lambda text: lambda: stable_words(text),
    "housekeeping": _housekeeping,
}


def _schema(size: int) -> dict[str, Any]:
    return {"anyOf": [{"type": "object"}] * (size // 20 + 1)}


def _tool(number: int, schema_size: int) -> dict[str, Any]:
    return {"name": f"tool_{number}", "input_schema": _schema(schema_size)}


def _call(number: int) -> dict[str, Any]:
    return {"type": "tool_use", "id": "t", "name": f"tool_{number}", "input": {}}


def _called(number: int, calls: int, schema_size: int) -> Work:
    """The check of an answer that calls the last of `number` tools first."""
    tools = [_tool(place, schema_size) for place in range(number)]
    asked = AskedCall.of({"tool_choice": {"type": "any"}, "tools": tools})
    message = {"content": [_call(number - 1 - place % number) for place in range(calls)]}

    def work() -> None:
        assert asked is not None
        ends = time.process_time() + CHECK_SECONDS
        with contextlib.suppress(OutOfTime):
            asked.check(message, Budget(lambda: ends - time.process_time()))

    return work


#: By the input's name.
ASKED_CALLS: Mapping[str, Callable[[int], Work]] = {
    "many calls of one tool": lambda size: _called(1, size // 60 + 1, 1_000),
    "many calls of many tools": lambda size: _called(size // 60 + 1, size // 60 + 1, 1),
    "many calls of the last of many tools": lambda size: _called(size // 60 + 1, 1, 1),
    "one call of each of some tools with long schemas": lambda size: _called(9, 9, min(size // 9, 48_000)),
}
