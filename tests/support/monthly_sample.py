"""The sample monthly review, `tests/data/monthly_review_sample.json`. Run as a module, it writes the file again."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import simplejson

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.catalog_check import UpstreamModel
from model_router.domain.routing.rules_parsing import parse
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.monthly.review import Counted, MonthlyReview, ReviewedRules, Upstream, monthly_review
from model_router.domain.spend.periods import Month
from tests.support.month import MODELS, Cell, month_totals

SAMPLE = Path(__file__).parents[1] / "data" / "monthly_review_sample.json"
MONTH = Month.parse("2026-10")

CELLS = (
    Cell("classification", "haiku", 900, 21, 800, 20),
    Cell("classification", "opus", 90, 1, 800, 20, arm="control"),
    Cell("detection", "haiku", 300, 66, 1500, 200),  # fails too often: the control arm shows what Opus makes of it
    Cell("detection", "opus", 60, 2, 1500, 200, arm="control"),
    Cell("extraction", "haiku", 250, 190, 2200, 60),  # escalates so much that Sonnet at once is cheaper
    Cell("summarization", "sonnet", 420, 12, 6000, 700),  # Haiku was never tried
    Cell("analysis", "opus", 140, 0, 9000, 1800),
    Cell("analysis", "sonnet", 70, 1, 8800, 1700),  # Sonnet does as well
    Cell("translation", "sonnet", 160, 0, 900, 950, checked=False),
    Cell("review", "sonnet", 31, 2, 4000, 800),
    Cell("default", "sonnet", 240, 9, 1200, 600),
    Cell("old-task", "haiku", 55, 1),
)


def upstream() -> list[UpstreamModel]:
    """As the models API might answer: Haiku 4.5 deprecated, another limit for Sonnet, one new model."""
    listed = {name: as_listed(name) for name in packaged_catalog().models}
    haiku, sonnet = "claude-haiku-4-5-20251001", "claude-sonnet-4-6"
    retires = datetime(2026, 12, 31, tzinfo=UTC)
    listed[haiku] = replace(listed[haiku], lifecycle="deprecated", retires_at=retires)
    listed[sonnet] = replace(listed[sonnet], max_tokens=64_000)
    return [*listed.values(), UpstreamModel("claude-fable-6", "active", None, 2_000_000, 256_000)]


def as_listed(name: str) -> UpstreamModel:
    """A model of the catalog as the models API lists it."""
    card = packaged_catalog().models[name]
    retires = card.lifecycle.retires
    at = datetime.combine(retires, time(), UTC) if retires else None
    return UpstreamModel(name, card.lifecycle.status, at, card.context_window, card.max_output_tokens)


_TIERS = {
    "classification": "haiku",
    "detection": "haiku",
    "extraction": "haiku",
    "summarization": "sonnet",
    "review": "sonnet",
    "translation": "sonnet",
    "analysis": "opus",
}


def _parameters() -> dict[str, str]:
    """A small set of its own, so that the sample stays as it is when the default rules change."""
    values: dict[str, object] = {
        "tiers": {"tiers": [{"name": tier, "model": model} for tier, model in MODELS.items()], "baseline": "opus"},
        "routing": {"default_tier": "sonnet", "precedence": ["opus", "haiku", "sonnet"]},
        "rollout": {"percent": 90, "salt": "sample"},
        **{f"tasks/{name}": {"tier": tier, "patterns": [name]} for name, tier in _TIERS.items()},
    }
    return {name: json.dumps(value) for name, value in values.items()}


def sample_review() -> MonthlyReview:
    parameters = _parameters()
    rules = parse(parameters).model_copy(update={"version": "2026-09-30.1"})
    ruled = ReviewedRules(rules, parameters, packaged=False)
    listed = Upstream(upstream())
    counted = Counted(MONTH, MONTH.days, [date(2026, 10, 4)], month_totals(CELLS))
    return monthly_review(counted, ruled, packaged_catalog(), listed)


def sample_text() -> str:
    return simplejson.dumps(as_json(sample_review()), use_decimal=True, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SAMPLE.write_text(sample_text(), encoding="utf-8")
