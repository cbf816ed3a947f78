"""The weekly report as plain data: what the page, the CSV and the notice are made of.

Money is exact Decimal USD (per-request figures to 10^-12), shares and rates are 0..1 to six places, times milliseconds;
None where there is nothing to divide by. Lists of rows are sorted dearest first (by_day: by day). The keys:

    kind, version, week, from, to, through, finished, simulated, simulated_requests
        `through`: the last day that can hold requests; `finished`: whether the week was over.
    headline       {figure: {value, last_week, change}}: spent_usd, saved_low_usd, saved_high_usd, saved_share_low,
                   saved_share_high, escalation_rate (+ target, over_target), quality (+ checked), requests.
                   `change` is value − last_week; for spent_usd and requests also `change_share`.
    totals         requests, answered, calls, cost_usd, at_most_usd, tokens{kind: n}, cost_per_request_usd
    by_day         ROW + day, cost_by_tier {tier: usd}
    by_tier        CALLS + tier, requests, request_cost_usd, cost_per_request_usd (of requests that it answered last)
    by_model       CALLS + model, requests, request_cost_usd, cost_per_request_usd
    by_mode        [{mode, calls, failed, cost_usd, unknown, unknown_bound_usd, tokens}]: by what multiplies the list
                   price (standard, batch, fast, us, batch us, fast us)
    unlisted_models  [{model, calls, failed, unknown, unknown_bound_usd, tokens}]: models that the catalog has no price
                   for, as callers named them (at most 100; the rest is `(other)`); together `(unlisted)` in by_model
    by_task        ROW + task, cost_per_request_usd, share_of_cost
    by_client      ROW + client (at most 100; the rest is `(other)`)
    by_tag         ROW + tag, key, value (a request counts once for each of its tags; each client's dearest)
    baseline       low_usd, high_usd, spent_usd, saved_low_usd, saved_high_usd, saved_share_low, saved_share_high,
                   saved_worst_usd (unknown costs at their bounds), control_cost_per_request_usd,
                   routed_cost_per_request_usd, cache_saving_usd, cache_unpriced_calls
    escalations    rate, target, over_target, eligible, escalated, calls, cost_usd, wasted_usd,
                   by_task [{task, eligible, escalated, rate, interval, over_target, cost_usd, wasted_usd}]
    fallbacks      requests, calls, cost_usd
    failed         calls, cost_usd, unknown_bound_usd
    quality        checked, passed, pass_rate, interval, by_task [{task, checked, passed, pass_rate, interval,
                   last_week, change, flagged, served_checked, served_passed, served_pass_rate, feedback_count,
                   feedback, feedback_interval}]
    latency        by_tier [{tier, calls, p50_ms, p95_ms}], request {requests, p50_ms, p95_ms},
                   overhead {requests, p50_ms, p95_ms}, error_share
    unknown        calls, at_most_usd
    unsettled      open, abandoned, calls, known_cost_usd, at_most_usd
    rules_versions [{version, requests, first_day, last_day}]
    projection     month, days_in_month, days_counted, spent_usd, saved_low_usd, saved_high_usd
    canary         see canary.py
    aws_bill       see aws_bill.py, + saved_low_usd, share_of_saving

ROW: requests, answered, calls, cost_usd, unknown_bound_usd, baseline_low_usd, baseline_high_usd, saved_low_usd,
saved_high_usd, escalated, tokens {kind: n}. CALLS: calls, failed, cost_usd, unknown, unknown_bound_usd,
tokens {kind: n}, web_searches, p50_ms, p95_ms. INTERVAL: {value, low, high}, 95 %.
"""

from collections.abc import Mapping
from datetime import date

from model_router.domain.spend.amounts import tidied
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.totals.traffic_sums import Overall
from model_router.domain.spend.weekly.canary import canary
from model_router.domain.spend.weekly.headline import headline
from model_router.domain.spend.weekly.money import baseline, projection, spent, stack_bill
from model_router.domain.spend.weekly.quality import escalations, latency, quality
from model_router.domain.spend.weekly.rows import by_calls, by_client, by_day, by_mode, by_task, unlisted_models
from model_router.domain.spend.weekly.tags import by_tag
from model_router.domain.spend.weekly.weeks import Week

VERSION = 1

Report = Mapping[str, object]


def weekly_report(week: Week, this: Totals, last: Totals, *, today: date, memory_megabytes: int) -> Report:
    """The report of a week from its totals and those of the week before.

    The same totals give the same report for ever once the week is over; before that, `today` bounds the projection.
    """
    whole, overall = this.days.whole(), this.overall
    through = min(max(today, week.days[0]), week.days[-1])
    return {
        "kind": "weekly_report",
        "version": VERSION,
        "week": str(week),
        "from": week.days[0].isoformat(),
        "to": week.days[-1].isoformat(),
        "through": through.isoformat(),
        "finished": today > week.days[-1],
        "simulated": overall.simulated > 0,
        "simulated_requests": overall.simulated,
        "headline": headline(this, last),
        "totals": spent(whole),
        "by_day": by_day(this, week),
        "by_tier": by_calls(this.tiers, this.served_tiers, "tier"),
        "by_model": by_calls(this.models, this.served_models, "model"),
        "by_mode": by_mode(this),
        "unlisted_models": unlisted_models(this),
        "by_task": by_task(this),
        "by_client": by_client(this),
        "by_tag": by_tag(this.tags),
        "baseline": baseline(this, whole),
        "escalations": escalations(this),
        "fallbacks": _fallbacks(overall),
        "failed": _failed(overall),
        "quality": quality(this, last),
        "latency": latency(this),
        "unknown": {"calls": overall.unknown_calls, "at_most_usd": tidied(overall.unknown_bound)},
        "unsettled": _unsettled(overall),
        "rules_versions": _rules_versions(this),
        "projection": projection(whole, week, through),
        "canary": canary(*(this.arms.get(name) for name in ("routed", "control", "pinned"))),
        "aws_bill": stack_bill(whole, overall.milliseconds, memory_megabytes),
    }


def _fallbacks(overall: Overall) -> dict[str, object]:
    return {
        "requests": overall.fallback_requests,
        "calls": overall.fallback_calls,
        "cost_usd": tidied(overall.fallback_cost),
    }


def _failed(overall: Overall) -> dict[str, object]:
    return {
        "calls": overall.failed_calls,
        "cost_usd": tidied(overall.failed_cost),
        "unknown_bound_usd": tidied(overall.failed_bound),
    }


def _unsettled(overall: Overall) -> dict[str, object]:
    return {
        "open": overall.open,
        "abandoned": overall.abandoned,
        "calls": overall.unsettled_calls,
        "known_cost_usd": tidied(overall.unsettled_cost),
        "at_most_usd": tidied(overall.unsettled_bound),
    }


def _rules_versions(totals: Totals) -> list[dict[str, object]]:
    return [
        {"version": name, "requests": seen.requests, "first_day": seen.first_day, "last_day": seen.last_day}
        for name, seen in sorted(totals.rules_versions.items(), key=lambda item: (item[1].first_day, item[0]))
    ]
