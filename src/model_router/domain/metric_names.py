"""Every metric that this system emits: its unit, its dimensions and what it says.

The one table: the code that emits, the dashboard, the alarms and `docs/operations/metrics.md` are held to it by tests.
CloudWatch bills each name with each value of its dimensions as a metric of its own, by the hour in which it is sent,
so dimensions are tier, task and model alone, never client or tag, and a rate is one metric of zeros and ones: its
average is the rate, its sample count the number of cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["Count", "Milliseconds", "Percent", "None"]
Dimension = Literal["tier", "task", "model"]

WHOLE: tuple[Dimension, ...] = ()
"""The dimension set of a metric without dimensions: the whole stack's."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`dimensions` holds each dimension set that the metric is emitted with. USD go as None: CloudWatch has no unit."""

    unit: Unit
    dimensions: tuple[tuple[Dimension, ...], ...]
    meaning: str


#: From each settled request (`domain.ledger.measures`).
OF_REQUESTS: Mapping[str, Metric] = {
    "Requests": Metric("Count", (WHOLE,), "Requests that were settled, however they ended."),
    "FailedRequests": Metric("Count", (WHOLE,), "Of them, those that no attempt answered."),
    "SimulatedRequests": Metric("Count", (WHOLE,), "Of them, those that a stand-in answered: no figure is real then."),
    "Attempts": Metric("Count", (WHOLE,), "Calls of Claude, further attempts included."),
    "CostUsd": Metric(
        "None",
        (WHOLE, ("tier",)),
        "What a request is known to have cost, all attempts together; by the tier it ended on.",
    ),
    "BaselineUsd": Metric("None", (WHOLE,), "What the request would have cost without the router (the low bound)."),
    "AttemptCostUsd": Metric("None", (("model",),), "What one attempt of known cost did cost, by the model asked."),
    "UnknownCostAttempts": Metric("Count", (WHOLE,), "Attempts that may be billed, and nobody knows for how much."),
    "UnknownCostMaxUsd": Metric("None", (WHOLE,), "The most that they can have cost, a request's together."),
    "UnlistedModelAttempts": Metric(
        "Count", (WHOLE,), "Attempts on models that the catalog has no price for. The weekly report names the models."
    ),
    "Escalated": Metric(
        "None", (WHOLE, ("task",)), "1 where a routed, answered request went up a tier after a failed check, else 0."
    ),
    "FirstAnswerPassed": Metric(
        "None", (("task",),), "1 where the first answer to a routed request passed its checks, 0 where it failed one."
    ),
    "LatencyMs": Metric("Milliseconds", (("tier",),), "From request to answer, by the tier that it ended on."),
    "OverheadMs": Metric("Milliseconds", (WHOLE,), "Of that, what was not waiting for Claude."),
    "ClaudeRateLimited": Metric("Count", (WHOLE,), "Attempts that Claude refused with a 429."),
    "ClaudeOverloaded": Metric("Count", (WHOLE,), "Attempts that Claude refused with a 529."),
    "ClaudeServerErrors": Metric("Count", (WHOLE,), "Attempts that ended in Claude's 500, 502, 503 or 504."),
    "ClaudeTimeouts": Metric("Count", (WHOLE,), "Attempts that had no whole answer when the time was over."),
    "ClaudeConnectionErrors": Metric(
        "Count", (WHOLE,), "Attempts whose connection failed or broke, or had no key to call with yet."
    ),
    "ClaudeInterrupted": Metric("Count", (WHOLE,), "Attempts that the router broke off: it was stopped, or it failed."),
    "ClaudeUnintelligible": Metric("Count", (WHOLE,), "Attempts whose answer was not one of the Messages API."),
    "ClaudeRefused": Metric("Count", (WHOLE,), "Attempts that Claude refused otherwise: 400, 401, 402, 403, 404, 413."),
}

#: From the nightly totals, once a day.
OF_DAYS: Mapping[str, Metric] = {
    "QualityDrop": Metric(
        "Percent", (("task",),), "Points of first-answer pass rate that a task lost against the week before (n ≥ 50)."
    ),
    "QualityDropMax": Metric("Percent", (WHOLE,), "The largest of them."),
}

#: Made of the API's access log by a metric filter of the template.
OF_LOGS: Mapping[str, Metric] = {
    "AuthorizerFailures": Metric(
        "Count", (WHOLE,), "Requests that API Gateway refused because the authorizer failed: not those without a key."
    ),
}

#: What `telemetry.event` counts, each with a log line that says more.
EVENTS: Mapping[str, str] = {
    "BreakerOpened": "A model kept failing: an instance passes it over for a while, where another may take its place.",
    "BudgetCapped": "A limit was reached, and the request went to a lower tier, as the rules say.",
    "BudgetRefused": "A limit was reached, and the attempt was not made, as the rules say.",
    "BudgetsUnavailable": "The budgets' counters could not be reached. A failed settlement is sent again later.",
    "Bugs": "An error that nobody foresaw. The log line `bug` says where it was raised.",
    "IdempotencyUnavailable": "An idempotency key could not be looked up, or its answer not kept: it does not hold.",
    "JobAnswerNotKept": "S3 did not take a job's answer at once. If it never does, the job runs, and is billed, again.",
    "JobFailed": "A job ended in an error that no further delivery mends, or after its last delivery.",
    "JobMessageInvalid": "A message of the jobs' queue can never be run. It ends in the dead-letter queue.",
    "LedgerRecordLogged": "Neither DynamoDB nor the spool took a record: its log line is all there is. Replay it.",
    "LedgerWriteFailed": "DynamoDB did not take a write of the ledger in time; the record went to the spool.",
    "ReconciliationDrift": "A day of the ledger and Anthropic's report of it differ by more than the tolerance.",
    "RecordAbandoned": "A request was never settled: its process died. Its unknown costs stand at their bounds.",
    "RulesDrifted": "The rules were edited by hand after the last push; they are used.",
    "RulesRefused": "A rule set was not valid; the last good one serves on. The log line lists every finding.",
    "RulesUnavailable": "Rules could not be read; the last good ones serve on. A start without any answers with a 503.",
    "SpoolMessageInvalid": "A message of the spool is no ledger record, or another client's record has its request id. "
    "It ends in the dead-letter queue.",
    "ValidatorUnavailable": "A check by a function of the rules could not be made; its `on_failure` says what counted.",
}

METRICS: Mapping[str, Metric] = {
    **OF_REQUESTS,
    **OF_DAYS,
    **OF_LOGS,
    **{name: Metric("Count", (WHOLE,), meaning) for name, meaning in EVENTS.items()},
}
