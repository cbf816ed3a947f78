"""Any JSON at any place of a body is decided or refused: Claude checks what the router only reads."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.answers.asked_call import AskedCall
from model_router.domain.errors import RouterError
from model_router.domain.keyed_ids import ids_key
from model_router.domain.money.warm_prompt import warm_prompt
from model_router.domain.requests.application import application_of
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.session import is_named, opens_turn, session_of
from model_router.domain.requests.thread import Thread
from model_router.domain.requests.thread_ids import message_id_for_client, resumed
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.draft import Target
from model_router.domain.routing.effort_rules import EffortRule
from model_router.domain.routing.policy import Policy

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CATALOG = packaged_catalog()
KEY = ids_key("a stack")
CACHED = {"type": "ephemeral", "ttl": "1h"}
BODY: dict[str, Any] = {
    "model": "auto",
    "max_tokens": 4000,
    "system": [{"type": "text", "text": "You fix code.", "cache_control": CACHED}],
    "metadata": {"user_id": '{"session_id": "abcdefgh"}'},
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "output_config": {
        "effort": "high",
        "format": {
            "type": "json_schema",
            "schema": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"items": {"enum": ["c"]}}}},
        },
    },
    "tools": [
        {"name": "edit_file", "description": "Edit.", "input_schema": {"type": "object"}, "cache_control": CACHED},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
    ],
    "tool_choice": {"type": "tool", "name": "edit_file"},
    "thread": {"type": "continue", "previous_message_id": "msg_01"},
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "<system-reminder>Plan mode is active</system-reminder>"},
                {"type": "text", "text": "Find the bug.", "cache_control": CACHED},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Well", "signature": "s"},
                {"type": "tool_use", "id": "t1", "name": "edit_file", "input": {"command": "view"}},
                {"type": "tool_use", "id": "t2", "name": "ExitPlanMode", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "no such file", "is_error": True},
                {"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": "approved"}]},
            ],
        },
        {"role": "assistant", "content": "Done."},
        {"role": "user", "content": "commit it"},
    ],
}
EFFORTS = (None, EffortRule(at_most="low"), EffortRule(set_to="max"), EffortRule(thinking="off"))


def _places(value: object, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if here:
        yield here
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _places(part, (*here, key))


PLACES = list(_places(BODY))
ODD: list[Any] = [
    None, 0, -1, 1.5, True, "", "x", "\ud800", [], {}, [None], [[]], [{}], ["text"], {"type": None}, {"type": ["a"]},
    {"a": {"b": [1]}}, 10**30, {"type": "text", "text": 7}, {"type": "tool_result"}, {"type": "tool_use"},
]  # fmt: skip


def _changed(body: dict[str, Any], place: tuple[Any, ...], value: object) -> dict[str, Any]:
    """A copy with the value at the place; unchanged where an earlier change has taken the place away."""
    whole = deepcopy(body)
    try:
        owner: Any = whole
        for key in place[:-1]:
            owner = owner[key]
        owner[place[-1]] = deepcopy(value)
    except (KeyError, IndexError, TypeError):
        pass
    return whole


def _decided(policy: Policy, body: dict[str, Any], effort: EffortRule | None) -> Decision | None:
    """The decision, after everything else that reads the body; None where it is refused."""
    try:
        request = from_messages_form(body, client="c")
        decision = decide(policy, request)
        session_of(request, KEY)
        application_of("c", request.body, KEY)
        opens_turn(request.body)
        is_named(request)
        AskedCall.of(request.body)
        warm_prompt(request.body, decision.size.tokens)
        adapt(request.body, Target.of(CATALOG, decision.model, decision.request, NOW, effort_rule=effort))
    except RouterError:
        return None
    return decision


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD)), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from(EFFORTS),
)
def test_any_json_at_any_place_is_decided_or_refused(
    policy: Policy, changes: list[tuple[tuple[Any, ...], object]], threaded: bool, effort: EffortRule | None
) -> None:
    body = BODY if threaded else {name: value for name, value in BODY.items() if name != "thread"}
    for place, value in changes:
        body = _changed(body, place, value)
    _decided(policy, body, effort)


@pytest.mark.parametrize("value", [{"a": 1}, ["a"]], ids=str)
def test_an_object_and_an_array_at_each_place_are_decided_or_refused(policy: Policy, value: object) -> None:
    whole = {name: part for name, part in BODY.items() if name != "thread"}
    for place in _places(whole):
        _decided(policy, _changed(whole, place, value), None)


@given(st.sampled_from(ODD))
def test_an_odd_id_continues_no_thread(value: object) -> None:
    thread = Thread("claude-haiku-5-5", 2_000, is_closed=True, arm="routed")
    name = message_id_for_client("msg_01", thread, "c", KEY)
    for odd in (value, f"{name}{value}", f"{value}.{name}", f"{name.rpartition('.')[0]}.{value}"):
        request = from_messages_form(_changed(BODY, ("thread", "previous_message_id"), odd), client="c")
        assert resumed(request, KEY) is request or odd == name
