from typing import Any

import pytest
from tests.support.samples import SPAM, messages, plain, policy

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.routing.decision import decide
from model_router.domain.routing.escalation import Standing, after_failed_check
from model_router.domain.routing.fallback import FailedCall, after_failed_call

POLICY = policy()
IMAGE = {"type": "image", "source": {"type": "file", "file_id": "f"}}


def standing(**changed: Any) -> Standing:
    given = {"tier": "haiku", "routed": True, "may_fall_back": True, "escalations": 0, "fallbacks": 0}
    return Standing(**{**given, "seconds_left": 20.0, "last_attempt_seconds": 1.0, "max_tier": None, **changed})


def test_a_promise_of_where_it_runs_raises_the_tier() -> None:
    decision = decide(POLICY, messages(SPAM, inference_geo="us"))
    assert (decision.tier, decision.unfit) == ("sonnet", frozenset({"haiku"}))
    assert "inference_geo cannot be promised on Claude Haiku 4.5: sonnet" in decision.reason


@pytest.mark.parametrize(
    ("fields", "limits", "said"),
    [
        ({"inference_geo": "us"}, {"max_tier": "haiku"}, "inference_geo cannot be promised on Claude Haiku 4.5"),
        ({"tools": [{"type": "computer_toolset_20260801"}]}, {}, "does not take tool computer_toolset_20260801"),
    ],
)
def test_what_no_allowed_tier_takes_is_refused_with_the_models_that_do(
    fields: dict[str, Any], limits: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"{said}.*Models that take it, by name: .*claude-opus-5-5"):
        decide(POLICY, messages(SPAM, **fields, router=limits))


def test_a_system_message_among_the_others_needs_a_model_that_takes_it() -> None:
    body = {"model": "auto", "max_tokens": 10}
    told = [{"role": "user", "content": SPAM}, {"role": "system", "content": "Be brief."}]
    with pytest.raises(InvalidRequest, match="takes no system messages among the others"):
        decide(POLICY, from_messages_form({**body, "messages": told}, client="tests"))


def test_images_in_tool_results_count_and_more_than_any_model_takes_are_refused() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": [IMAGE] * 101}
    call = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    assert decide(POLICY, messages("Classify these", [call], [result])).tier == "sonnet"
    with pytest.raises(InvalidRequest, match="601 images exceed"):
        decide(POLICY, messages([IMAGE] * 601))


def test_an_estimate_alone_refuses_nothing() -> None:
    pdf = {"type": "document", "source": {"type": "base64", "data": "JVBERi0x" + "A" * 20_000_000}}
    decision = decide(POLICY, messages([pdf] * 3, max_tokens=10))
    assert decision.tier == "opus"
    assert "no higher tier is allowed" in decision.reason


def test_a_document_from_the_assistant_is_refused_under_the_version_that_takes_none() -> None:
    turns = ("Hi", [{"type": "document", "source": {"type": "text", "data": "x"}}], "And?")
    body = messages(*turns).body
    new = from_messages_form({"model": "auto", **body}, client="tests", api_headers={"anthropic-version": "2026-10-21"})
    with pytest.raises(InvalidRequest, match=r"messages\[1\]: API version 2026-10-21 takes no document blocks"):
        decide(POLICY, new)
    assert decide(POLICY, messages(*turns)).tier == "sonnet"


def test_escalation_and_fallback_pass_over_a_tier_that_cannot_take_the_request() -> None:
    unfit = frozenset({"sonnet"})
    assert after_failed_check(POLICY, standing(unfit=unfit)).tier == "opus"
    assert after_failed_call(POLICY, standing(unfit=unfit), FailedCall("overloaded")).tier == "opus"
    assert after_failed_call(POLICY, standing(unfit=unfit), FailedCall("too_long")).tier == "opus"


def test_nothing_above_that_can_take_it_is_said_so() -> None:
    step = after_failed_check(POLICY, standing(tier="sonnet", unfit=frozenset({"opus"})))
    assert (step.tier, step.why) == (None, "sonnet is the highest tier that can take the request")
    step = after_failed_check(POLICY, standing(unfit=frozenset({"sonnet"}), max_tier="sonnet"))
    assert (step.tier, step.why) == (None, "sonnet is max_tier, and nothing up to there can take the request")


def test_where_the_tier_changed_in_a_conversation_is_known() -> None:
    assert decide(POLICY, messages("Classify this", "SPAM", "and this?")).own_thinking_from == 0
    assert decide(POLICY, messages("Classify this", "SPAM", "Do a security audit")).own_thinking_from == 2
    assert decide(POLICY, messages("Do a security audit", "Done", "Classify it")).own_thinking_from == 0
    limited = messages("Classify this", "SPAM", "Do a security audit", router={"min_tier": "opus"})
    assert decide(POLICY, limited).own_thinking_from == 0
    assert decide(POLICY, plain(SPAM)).own_thinking_from == 0
    control = policy(rollout={"percent": 0})
    assert decide(control, messages("Classify this", "SPAM", "Do a security audit")).own_thinking_from == 0
