"""What the stand-in reports and charges where several models work in a call."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from devtools.claude_standin.calls import Shop, prepare
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.faults.steps import Step

NOW = datetime(2026, 11, 27, tzinfo=UTC)
OPUS, OPUS_48, OPUS_5 = "claude-opus-5-5", "claude-opus-4-8", "claude-opus-5"
ADVISOR = {"type": "advisor_20260301", "name": "advisor", "model": OPUS}


def called(step: Step | None = None, at: datetime = NOW, **fields: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The message and the invoice of a call."""
    shop = Shop(lambda: at)
    if step is not None:
        shop.script.add([step])
    body = {"model": OPUS, "max_tokens": 50, "messages": [{"role": "user", "content": "Say yes."}], **fields}
    call = prepare(shop, json.dumps(body).encode(), {"anthropic-version": "2023-06-01"}, "req_1")
    call.bill("completed")
    return call.message(), shop.invoice.records()


def test_an_advisor_is_an_iteration_of_its_own_and_not_in_the_totals() -> None:
    message, [record] = called(model=OPUS_5, tools=[ADVISOR])
    advice, own = message["usage"]["iterations"]
    assert (advice["type"], advice["model"], own["type"]) == ("advisor_message", OPUS, "message")
    assert own["output_tokens"] == message["usage"]["output_tokens"]
    paid = [(own, 5, 25), (advice, 4, 20)]
    assert Decimal(record["cost_usd"]) * 1_000_000 == sum(
        entry["input_tokens"] * price_in + entry["output_tokens"] * price_out for entry, price_in, price_out in paid
    )


@pytest.mark.parametrize(("category", "declined"), [("bio", 1), ("cyber", 0), (None, 0)])
def test_a_fallback_answers_with_its_own_totals_and_the_refusal_is_charged_by_its_category(
    category: str | None, declined: int
) -> None:
    message, [record] = called(Step(refusal="before", category=category), fallbacks=[{"model": OPUS_48}])
    assert (message["model"], message["stop_reason"] != "refusal") == (OPUS_48, True)
    assert message["content"][0]["trigger"] == {"type": "refusal", "category": category}
    assert [entry["type"] for entry in message["usage"]["iterations"]] == ["message", "fallback_message"]
    assert (record["model"], len(record["other_models"])) == (OPUS_48, declined)


@pytest.mark.parametrize(
    ("category", "day", "charged"),
    [("bio", NOW, 1), ("bio", datetime(2026, 9, 23, tzinfo=UTC), 0), ("general_harms", NOW, 0), (None, NOW, 0)],
)
def test_a_refusal_is_charged_by_its_category_and_day(category: str | None, day: datetime, charged: int) -> None:
    message, records = called(Step(refusal="before", category=category), at=day)
    assert (message["stop_details"]["category"], len(records)) == (category, charged)


def test_fast_mode_is_reported_and_costs_twice() -> None:
    message, [fast] = called(speed="fast")
    _, [ordinary] = called()
    assert (message["usage"]["speed"], fast["fast"], ordinary["fast"]) == ("fast", True, False)
    assert Decimal(fast["cost_usd"]) == 2 * Decimal(ordinary["cost_usd"])


@pytest.mark.parametrize(
    "fallbacks", [[], ["x"], [{"model": "none"}], [{"model": OPUS_5}] * 4, "other", {"model": OPUS}]
)
def test_fallbacks_of_another_shape_are_refused(fallbacks: Any) -> None:
    with pytest.raises(ApiError):
        called(fallbacks=fallbacks)


@pytest.mark.parametrize(("category", "charged"), [("bio", 1), (None, 0)])
def test_a_refusal_of_an_answer_without_output_comes_before_any_output(category: str | None, charged: int) -> None:
    message, records = called(Step(refusal="after", category=category), model=OPUS_5, max_tokens=0)
    assert (message["stop_reason"], message["content"], len(records)) == ("refusal", [], charged)
