"""Whatever model a caller names, through whichever door: no bug of ours, no 5xx, and one attempt."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.doors import Doors, api_event, queue_event

from model_router.domain.ledger.record_json import from_text, to_text
from model_router.domain.routing.model_patterns import ModelPatterns

PATTERNS = st.lists(st.from_regex(r"([!-)+-~]{0,20}\*?){1,4}", fullmatch=True).filter(bool), max_size=5)
NAMES = st.from_regex(r"[!-~]{1,128}", fullmatch=True).filter(lambda name: name != "auto")
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def doors() -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield Doors()


def body(model: str) -> dict[str, Any]:
    return {"model": model, "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}]}


def called_once_as_named(doors: Doors, model: str) -> None:
    assert not doors.bugs
    (call,) = doors.claude.calls
    (settled,) = doors.telemetry.settled
    (attempt,) = settled.attempts
    assert call.body["model"] == attempt.model == settled.model == model
    assert attempt.cost_state == "unknown"
    assert attempt.cost_max_usd > 0
    assert from_text(to_text(settled)).attempts == settled.attempts


@quick
@given(model=NAMES)
def test_messages_passes_any_name_on(doors: Doors, model: str) -> None:
    answer = doors.handle(api_event(json.dumps(body(model))))
    assert answer["statusCode"] == 200
    assert answer["multiValueHeaders"]["x-router-model"] == [model]
    called_once_as_named(doors, model)


@quick
@given(model=NAMES)
def test_an_invocation_and_a_stream_pass_any_name_on(doors: Doors, model: str) -> None:
    assert doors.handle(body(model))["router"]["model"] == model
    called_once_as_named(doors, model)
    assert doors.handle(api_event(json.dumps({**body(model), "stream": True})))["statusCode"] == 200
    called_once_as_named(doors, model)


@quick
@given(model=NAMES)
def test_a_job_passes_any_name_on(doors: Doors, model: str) -> None:
    taken = doors.handle(api_event(json.dumps(body(model)), "/v1/jobs"))
    assert taken["statusCode"] == 202
    assert not doors.claude.calls
    doors.handle(queue_event(doors.queue.sent[-1]))
    called_once_as_named(doors, model)


@quick
@given(model=NAMES)
def test_counting_and_a_dry_run_take_any_name_and_send_nothing(doors: Doors, model: str) -> None:
    asked = {name: value for name, value in body(model).items() if name != "max_tokens"}
    counted = doors.handle(api_event(json.dumps(asked), "/v1/messages/count_tokens"))
    assert counted["statusCode"] == 200
    planned = doors.handle(api_event(json.dumps({**body(model), "router": {"dry_run": True}})))
    assert (planned["statusCode"], doors.bugs, doors.claude.calls) == (200, [], [])


@quick
@given(model=st.text(max_size=140))
def test_a_name_of_any_other_form_is_answered_too(doors: Doors, model: str) -> None:
    answer = doors.handle(api_event(json.dumps(body(model))))
    assert answer["statusCode"] in (200, 400)
    assert not doors.bugs


@quick
@given(patterns=PATTERNS, name=NAMES, data=st.data())
def test_a_pattern_matches_what_its_stars_can_stand_for(patterns: list[str], name: str, data: st.DataObject) -> None:
    compiled = ModelPatterns(patterns)
    for pattern in patterns:
        assert compiled.match("".join(data.draw(NAMES) if part == "*" else part for part in pattern))
    # Python's own, in which `?` and `[` are special too: written as what they are.
    escaped = [pattern.replace("[", "[[]").replace("?", "[?]") for pattern in patterns]
    assert compiled.match(name) is any(fnmatchcase(name, pattern) for pattern in escaped)
