"""Any id, name, number and depth, wherever a caller can put one: answered or refused, never a bug of ours."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.property.test_doors import NAMED, shaped
from tests.support.doors import Doors, api_event, queue_event
from tests.support.fakes import NOON, Reply

from model_router.domain.ids import new_request_id

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OWN = new_request_id(NOON, bytes(10))
MESSAGE = {"role": "user", "content": [{"type": "text", "text": "Classify: x", "cache_control": {"type": "ephemeral"}}]}
OPTIONS: dict[str, Any] = {
    "task": "classification",
    "validators": [{"type": "one_of", "labels": ["a", "b"]}],
    "min_tier": "haiku",
    "max_tier": "opus",
    "tags": {"team": "mail"},
    "idempotency_key": "k-1",
}
MESSAGES: dict[str, Any] = {
    "model": "auto",
    "max_tokens": 10,
    "system": [{"type": "text", "text": "You classify."}],
    "messages": [MESSAGE, {"role": "assistant", "content": "a"}, MESSAGE],
    "tools": [{"name": "look", "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}}}],
    "metadata": {"user_id": "u"},
    "stop_sequences": ["x"],
    "router": OPTIONS,
}
ROUTE: dict[str, Any] = {"prompt": "Classify: x", "system": "You classify.", "max_tokens": 9, **OPTIONS}
FEEDBACK: dict[str, Any] = {"request_id": OWN, "score": 1, "comment": "good"}
QUEUED: dict[str, Any] = {"client": "mailer", "id": OWN, "task": "classification", "anthropic_headers": {"a": "b"}}
BODIES: dict[str, list[dict[str, Any]]] = {
    "/v1/messages": [MESSAGES, {**MESSAGES, "stream": True}],
    "/v1/messages/count_tokens": [MESSAGES],
    "/v1/route": [ROUTE],
    "/v1/jobs": [MESSAGES, ROUTE, {"uploaded": OWN}, {"upload": True}],
    "/v1/feedback": [FEEDBACK],
    "invocation": [MESSAGES, {**ROUTE, "client": "batch"}, {"action": "list_models"}],
    "queue": [{**MESSAGES, **QUEUED}, {**ROUTE, **QUEUED}, {**QUEUED, "body_key": f"bodies/{OWN}"}],
}
SENT = st.sampled_from([(door, body) for door, bodies in BODIES.items() for body in bodies])
GETS = ("/v1/requests/", "/v1/jobs/", "/v1/models/")
HEADERS = st.sampled_from(["x-router-task", "idempotency-key", "anthropic-beta", "x-stainless-retry-count"])

many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield Doors()


def ulid(number: int) -> str:
    return "req_" + "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(26)))


def at(milliseconds: int, rest: int) -> str:
    return ulid(milliseconds << 80 | rest)


IDS = (
    st.integers(0, 2**130 - 1).map(ulid)  # 2**128 on is no ULID
    | st.builds(at, st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1))
    | st.sampled_from(["req_" + "7" + "Z" * 25, "req_" + "0" * 26, OWN.lower(), OWN + "\n", "", "req_" + "٣" * 26])
    | st.text(st.characters(codec=None), max_size=40)
)
#: A lone surrogate, control characters, a line separator; each alone or within a name.
BAD_TEXTS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "a"]),
    st.sampled_from(["\ud800", "\udfff", "\0", "\r\n", "\x1b[2J", "\x7f", "\x9b", "\u2028"]),
    st.sampled_from(["", "b"]),
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a JSON value, itself left out."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: object, *, name: bool = False) -> Any:
    """The value with another at `path`; with `name`, with another name for the member there."""
    key, *rest = path
    copied = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copied[key] = changed(value[key], tuple(rest), new, name=name)
    elif name and isinstance(copied, dict):
        copied[new] = copied.pop(key)
    else:
        copied[key] = new
    return copied


def sent(doors: Doors, door: str, body: Any, headers: dict[str, str | None] | None = None, **event: Any) -> None:
    """Sends a body (or its text) through a door; it is answered or refused as the contract says."""
    text = body if isinstance(body, str) else json.dumps(body)
    if door == "queue":
        assert set(doors.handle(queue_event(text))) == {"batchItemFailures"}
    elif door == "invocation":
        with contextlib.suppress(*NAMED):
            doors.handle(json.loads(text))
    else:
        status, _ = shaped(doors.handle(api_event(text, door, headers=headers or {}, multiValueHeaders={}, **event)))
        assert status < 500
    assert not doors.bugs


@many
@given(request_id=IDS, path=st.sampled_from(GETS))
def test_any_id_in_a_path_is_answered(doors: Doors, request_id: str, path: str) -> None:
    sent(doors, path + request_id, "", httpMethod="GET")


@many
@given(request_id=IDS, place=st.sampled_from(["feedback", "uploaded", "message", "stored message"]))
def test_any_id_in_a_body_is_answered(doors: Doors, request_id: str, place: str) -> None:
    match place:
        case "feedback":
            sent(doors, "/v1/feedback", {**FEEDBACK, "request_id": request_id})
        case "uploaded":
            sent(doors, "/v1/jobs", {"uploaded": request_id})
        case "message":
            sent(doors, "queue", {"prompt": "x", "client": "mailer", "id": request_id})
        case _:
            sent(doors, "queue", {"client": "mailer", "id": request_id, "body_key": f"bodies/{request_id}"})


@many
@given(door_and_body=SENT, text=BAD_TEXTS, as_name=st.booleans(), data=st.data())
def test_a_bad_text_in_any_string_is_answered(
    doors: Doors, door_and_body: tuple[str, Any], text: str, as_name: bool, data: st.DataObject
) -> None:
    door, body = door_and_body
    path = data.draw(st.sampled_from(list(places(body))))
    sent(doors, door, changed(body, path, text, name=as_name))


@many
@given(text=BAD_TEXTS, field=st.sampled_from(["stop_reason", "inference_geo"]))
def test_a_bad_text_in_claudes_answer_does_not_keep_it_out_of_the_ledger(doors: Doors, text: str, field: str) -> None:
    usage = {"input_tokens": 1, "output_tokens": 1, "inference_geo": text if field == "inference_geo" else None}
    replies, doors.claude._replies = doors.claude._replies, [Reply(usage=usage, stop_reason=text)]
    try:
        sent(doors, "/v1/route", ROUTE)
    finally:
        doors.claude._replies = replies


@many
@given(door_and_body=SENT, header=HEADERS, text=BAD_TEXTS)
def test_a_bad_text_in_any_header_is_answered(
    doors: Doors, door_and_body: tuple[str, Any], header: str, text: str
) -> None:
    sent(doors, *door_and_body, {header: text})


@many
@given(
    door_and_body=SENT,
    levels=st.integers(1, 400) | st.integers(400, 30_000),
    opening=st.sampled_from(["[", '{"a":']),
    key=st.booleans(),
    data=st.data(),
)
def test_any_depth_anywhere_in_a_body_is_answered(
    doors: Doors, door_and_body: tuple[str, Any], levels: int, opening: str, key: bool, data: st.DataObject
) -> None:
    door, body = door_and_body
    path = data.draw(st.sampled_from(list(places(body))))
    closing = "]" if opening == "[" else "}"
    text = json.dumps(changed(body, path, "HERE")).replace('"HERE"', opening * levels + "1" + closing * levels)
    if door == "invocation" and levels > 3_000:
        return  # Lambda's own runtime reads the payload, and reads none that is so deep
    sent(doors, door, text, {"idempotency-key": f"k-{levels}"} if key else None)


#: Numbers as JSON text: long ones, exponents beyond all arithmetic, and what Python's own reader makes infinity of.
EXPONENTS = st.sampled_from(["0", "9", "27", "28", "400", "6144", "999999", "9" * 12, "9" * 18, "9" * 19, "9" * 30])
SIGNS = st.sampled_from(["", "-"])
MANTISSAS = st.sampled_from(["0", "1", "0.0", "1.50", "9" * 40, "0." + "9" * 40])
NUMBERS = (
    st.builds("{}{}".format, SIGNS, st.integers(1, 4_300).map(lambda digits: "9" * digits))
    | st.builds("{}{}e{}{}".format, SIGNS, MANTISSAS, SIGNS, EXPONENTS)
    | st.sampled_from(["NaN", "Infinity", "-Infinity", "1" + "0" * 31, "9" * 4_301, "0.0", "-0.0", "1000001"])
)
NUMBERED: dict[str, Any] = {
    **MESSAGES,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "temperature": 1,
    "top_p": 1,
    "top_k": 1,
    "tools": [
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"type": "web_fetch_20250910", "name": "web_fetch", "max_uses": 3, "max_content_tokens": 9},
        {"name": "look", "input_schema": {"type": "object", "properties": {"a": {"type": "string", "maxLength": 5}}}},
    ],
    "context_management": {"edits": [{"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 9}}]},
    "router": {**OPTIONS, "validators": [{"type": "length", "min": 1, "max": 9}]},
}
NUMBERED_BODIES: list[tuple[str, Any]] = [
    ("/v1/messages", NUMBERED),
    ("/v1/messages", {**NUMBERED, "stream": True, "thinking": None}),
    ("/v1/messages/count_tokens", NUMBERED),
    ("/v1/jobs", NUMBERED),
    ("/v1/jobs", ROUTE),
    ("/v1/route", ROUTE),
    ("/v1/feedback", FEEDBACK),
    ("invocation", {**NUMBERED, "thinking": None}),
    ("invocation", ROUTE),
    ("queue", {**NUMBERED, **QUEUED}),
    ("queue", {**ROUTE, **QUEUED}),
]
KINDS = ["1e999999999999", "1e99999999999999999999", "1" + "0" * 31, "9" * 4_300, "1E400", "NaN"]


def numeric(body: object) -> list[tuple[Any, ...]]:
    """The path of every number in a body."""
    return [path for path in places(body) if type(at_path(body, path)) is int]


def at_path(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def with_key(body: dict[str, Any], key: str) -> dict[str, Any]:
    """The body under an idempotency key of its own: the whole of it is then hashed."""
    if "router" in body:
        return {**body, "router": {**body["router"], "idempotency_key": key}}
    return {**body, "idempotency_key": key} if "prompt" in body else body


def with_number(body: object, path: tuple[Any, ...], number: str) -> str:
    return json.dumps(changed(body, path, "HERE")).replace('"HERE"', number)


def sent_as_text(doors: Doors, door: str, text: str) -> None:
    if door == "invocation" and "9" * 4_301 in text:
        return  # Lambda's own runtime reads the payload, and reads no number that is so long
    sent(doors, door, text)


@many
@given(
    door_and_body=st.sampled_from(NUMBERED_BODIES),
    model=st.sampled_from(["auto", "haiku", "sonnet", "opus"]),
    number=NUMBERS,
    key=st.uuids(),
    only_numbers=st.booleans(),
    data=st.data(),
)
def test_any_number_anywhere_in_a_body_is_answered(
    doors: Doors,
    door_and_body: tuple[str, Any],
    model: str,
    number: str,
    key: object,
    only_numbers: bool,
    data: st.DataObject,
) -> None:
    door, body = door_and_body
    if "model" in body:
        body = {**body, "model": model}
    body = with_key(body, str(key))
    path = data.draw(st.sampled_from(numeric(body) if only_numbers else list(places(body))))
    sent_as_text(doors, door, with_number(body, path, number))


@pytest.mark.parametrize("number", KINDS)
def test_each_kind_of_number_in_each_numeric_place_is_answered(doors: Doors, number: str) -> None:
    for at_door, (door, body) in enumerate(NUMBERED_BODIES):
        for index, path in enumerate(numeric(body)):
            sent_as_text(doors, door, with_number(with_key(body, f"{number[:9]}-{at_door}-{index}"), path, number))


@many
@given(limit=NUMBERS | st.integers(0, 10_000).map("{:0>5}".format).map(lambda begins: begins + "0" * 4_395))
def test_any_number_for_a_limit_is_answered(doors: Doors, limit: str) -> None:
    sent(doors, "/v1/models", "", httpMethod="GET", queryStringParameters={"limit": limit})


@pytest.mark.parametrize("model", ["auto", "haiku", "sonnet", "opus"])
def test_a_body_with_a_number_in_every_numeric_place_reaches_claude(doors: Doors, model: str) -> None:
    """Otherwise the numbers above would be tried in bodies that are refused anyway."""
    body = with_key({**NUMBERED, "model": model, "thinking": None}, f"reaches-{model}")
    sent(doors, "/v1/messages", body)
    assert len(doors.claude.calls) == 1
