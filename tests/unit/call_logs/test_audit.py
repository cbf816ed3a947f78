import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support.samples import policy

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.json_codec import dumps
from model_router.domain.money.pricing import Usage, cost
from router_cli.call_logs.audit import Audit
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.reading import Unreadable

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = policy()
TYPICAL = Usage(1000, 100)


def call(prompt: str | None, model: str = "claude-opus-4-7", usage: Usage = TYPICAL, **body: Any) -> LoggedCall:
    told = {"max_tokens": 100, "messages": [{"role": "user", "content": prompt}], **body} if prompt else None
    return LoggedCall(model, usage, NOON, told)


def audited(*entries: LoggedCall | Unreadable) -> dict[str, Any]:
    audit = Audit(POLICY)
    for entry in entries:
        audit.add(entry)
    figures: dict[str, Any] = json.loads(dumps(audit.to_json()), parse_float=Decimal, parse_int=Decimal)
    return figures


def test_the_bill_is_the_ledgers_arithmetic_exactly() -> None:
    usages = [Usage(number, 7 * number, cache_read_tokens=3) for number in range(1, 50)]
    figures = audited(*[call("Classify this", usage=usage) for usage in usages])
    assert figures["today_usd"] == sum(cost(packaged_catalog(), "claude-opus-4-7", usage, NOON) for usage in usages)
    haiku = sum(cost(packaged_catalog(), "claude-haiku-4-5", usage, NOON) for usage in usages)
    assert figures["routed_usd"]["0%"] == haiku
    sonnet = sum(cost(packaged_catalog(), "claude-sonnet-4-6", usage, NOON) for usage in usages)
    assert figures["routed_usd"]["5%"] == haiku + Decimal("0.05") * sonnet


def test_the_routed_bill_is_also_given_in_its_models_own_tokens() -> None:
    figures = audited(call("Classify this"), call("Do a security audit"), call(None))
    ratios = packaged_catalog().tokenizer_ratio
    opus, haiku = (cost(packaged_catalog(), name, TYPICAL, NOON) for name in ("claude-opus-4-7", "claude-haiku-4-5"))
    own = haiku * ratios("claude-haiku-4-5") / ratios("claude-opus-4-7")
    assert abs(figures["routed_in_own_tokens_usd"] - (own + 2 * opus)) < Decimal("1E-11")


def test_slices_add_up_to_the_whole() -> None:
    prompts = ["Classify this", "Summarize this", "Do a security audit", "Hello"]
    figures = audited(*[call(prompt) for prompt in prompts], call(None))
    for table in ("by_tier", "by_task", "by_model"):
        assert sum(entry["today_usd"] for entry in figures[table].values()) == figures["today_usd"]
        assert sum(entry["calls"] for entry in figures[table].values()) == figures["calls"] == 5
    assert set(figures["by_tier"]) == {"haiku", "sonnet", "opus"}


def test_a_call_without_a_prompt_is_billed_as_it_was() -> None:
    figures = audited(call(None))
    assert (figures["without_prompt"], figures["today_usd"]) == (1, figures["routed_usd"]["10%"])


def test_what_has_no_price_or_cannot_be_read_is_in_no_figure_and_counted() -> None:
    figures = audited(call("x", model="claude-v2"), Unreadable("f", 1, "it is not JSON"))
    assert figures["calls"] == 0
    assert figures["unpriced_models"] == {"claude-v2": {"calls": 1, "input_tokens": 1000, "output_tokens": 100}}
    assert figures["unreadable"] == {"it is not JSON": 1}
    assert figures["saved_percent"]["0%"] is None


def test_what_no_rule_recognises_is_grouped_without_a_word_of_any_prompt() -> None:
    figures = audited(*[call(f"Hello giraffe {number}", system="zebra") for number in range(3)], call("Hi"))
    assert [group["calls"] for group in figures["unrecognised"]] == [3, 1]
    assert "giraffe" not in str(figures)
    assert "zebra" not in str(figures)


def test_an_example_is_shown_where_it_is_asked_for() -> None:
    audit = Audit(POLICY)
    audit.add(call("Hello giraffe"))
    assert "giraffe" in str(audit.to_json(examples=True))


def test_the_bound_that_our_own_ledger_has_for_a_model_without_a_price_is_among_the_unknown() -> None:
    passed_on = LoggedCall("claude-opus-9", TYPICAL, NOON, None, billed_usd=Decimal(0), unknown_usd=Decimal("0.25"))
    figures = audited(passed_on, call(None))
    assert figures["unpriced_models"]["claude-opus-9"]["calls"] == 1
    assert figures["unknown_max_usd"] == Decimal("0.25")
