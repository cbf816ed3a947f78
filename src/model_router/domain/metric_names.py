"""Every metric that this system emits, with its unit, dimensions and meaning.

Tests compare the emitting code, the dashboard, the alarms and `docs/operations/metrics.md` with this table. CloudWatch
bills each name with each value of its dimensions as a metric, per hour. Therefore dimensions are tier, task and model
only, never client or tag, and a rate is one metric of zeros and ones: its average is the rate, its sample count the
number of cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["Count", "Milliseconds", "Percent", "None"]
Dimension = Literal["tier", "task", "model"]

WHOLE: tuple[Dimension, ...] = ()
"""The dimension set of a metric of the whole stack."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`dimensions` has each dimension set that the metric is emitted with. Money has the unit None."""

    unit: Unit
    dimensions: tuple[tuple[Dimension, ...], ...]
    meaning: str


#: From each settled request (`domain.ledger.measures`).
OF_REQUESTS: Mapping[str, Metric] = {
    "Requests": Metric("Count", (WHOLE,), "Settled requests, with any result."),
    "FailedRequests": Metric("Count", (WHOLE,), "Settled requests that no attempt answered."),
    "SimulatedRequests": Metric(
        "Count", (WHOLE,), "Settled requests that a stand-in answered, so that no figure is real."
    ),
    "Attempts": Metric("Count", (WHOLE,), "Calls of Claude, including further attempts."),
    "CostUsd": Metric(
        "None",
        (WHOLE, ("tier",)),
        "The known cost of a request's attempts, by the tier of its last attempt.",
    ),
    "BaselineUsd": Metric("None", (WHOLE,), "The cost of the request without the router (the low bound)."),
    "AttemptCostUsd": Metric("None", (("model",),), "The cost of one attempt with known cost, by its model."),
    "UnknownCostAttempts": Metric("Count", (WHOLE,), "Attempts that may be billed at an unknown cost."),
    "UnknownCostMaxUsd": Metric(
        "None", (WHOLE,), "The upper bound of the cost of a request's attempts with unknown cost."
    ),
    "UnlistedModelAttempts": Metric(
        "Count", (WHOLE,), "Attempts on models that are not in the catalog. The weekly report names the models."
    ),
    "Escalated": Metric(
        "None", (WHOLE, ("task",)), "1 if a routed, answered request went up a tier after a failed check, otherwise 0."
    ),
    "FirstAnswerPassed": Metric(
        "None", (("task",),), "1 if the first answer to a routed request passed its checks, 0 if it failed one."
    ),
    "LatencyMs": Metric("Milliseconds", (("tier",),), "Time from request to answer, by the tier of the last attempt."),
    "OverheadMs": Metric("Milliseconds", (WHOLE,), "The part of the latency that was not spent waiting for Claude."),
    "ClaudeRateLimited": Metric("Count", (WHOLE,), "Attempts that Claude refused with a 429."),
    "ClaudeOverloaded": Metric("Count", (WHOLE,), "Attempts that Claude refused with a 529."),
    "ClaudeServerErrors": Metric("Count", (WHOLE,), "Attempts that ended in Claude's 500, 502, 503 or 504."),
    "ClaudeTimeouts": Metric("Count", (WHOLE,), "Attempts without a complete answer when the time had run out."),
    "ClaudeConnectionErrors": Metric(
        "Count", (WHOLE,), "Attempts whose connection failed or broke, or that had no API key yet."
    ),
    "ClaudeInterrupted": Metric(
        "Count", (WHOLE,), "Attempts that the router interrupted because it was stopped or failed."
    ),
    "ClaudeUnintelligible": Metric("Count", (WHOLE,), "Attempts whose answer does not follow the Messages API."),
    "ClaudeRefused": Metric("Count", (WHOLE,), "Attempts that Claude refused with 400, 401, 402, 403, 404 or 413."),
}

#: From the nightly totals, once a day.
OF_DAYS: Mapping[str, Metric] = {
    "QualityDrop": Metric(
        "Percent",
        (("task",),),
        "Percentage points of the first-answer pass rate that a task lost since the week before (n ≥ 50).",
    ),
    "QualityDropMax": Metric("Percent", (WHOLE,), "The largest `QualityDrop` of all tasks."),
}

#: From the API's access log, by a metric filter in the template.
OF_LOGS: Mapping[str, Metric] = {
    "AuthorizerFailures": Metric(
        "Count",
        (WHOLE,),
        "Requests that API Gateway refused because the authorizer failed, without those that had no key.",
    ),
}

#: Counted by `telemetry.event`, each with a log line that has the details.
EVENTS: Mapping[str, str] = {
    "BreakerOpened": "A model failed repeatedly, so an instance avoids it for a while if another one may replace it.",
    "BudgetCapped": "A budget was reached, and the request went to a lower tier by the rules.",
    "BudgetRefused": "A budget was reached, and the attempt was refused by the rules.",
    "BudgetsUnavailable": "The budgets' counters could not be reached. A failed settlement is sent again later.",
    "Bugs": "An unexpected error. The log line `bug` says where it was raised.",
    "IdempotencyUnavailable": "An idempotency key could not be read or its answer not stored. A retry may run again.",
    "JobAnswerNotKept": "S3 did not accept a job's answer at once. If it never does, the job runs and is billed again.",
    "JobFailed": "A job ended in an error that a further delivery cannot fix, or after its last delivery.",
    "JobMessageInvalid": "A message in the job queue is invalid. It goes to the dead-letter queue.",
    "LedgerRecordLogged": "Neither DynamoDB nor the spool accepted a record. Only its log line has it: replay it.",
    "LedgerWriteFailed": "DynamoDB did not accept a ledger write in time; the record went to the spool.",
    "ReconciliationDrift": "The ledger and Anthropic's report for a day differ by more than the tolerance.",
    "RecordAbandoned": "A request was never settled because its process died. Its unknown costs have their bounds.",
    "RulesDrifted": "The rules were edited by hand after the last push; they are used.",
    "RulesRefused": "A rule set is invalid, and the last valid one stays in use. The log line lists every error.",
    "RulesUnavailable": "Rules could not be read, and the last ones stay in use. Without any, requests get a 503.",
    "SpoolMessageInvalid": "A message in the spool is no ledger record, or another client's record has its request id. "
    "It goes to the dead-letter queue.",
    "ValidatorUnavailable": "A Lambda validator gave no verdict; its `on_failure` decided.",
}

METRICS: Mapping[str, Metric] = {
    **OF_REQUESTS,
    **OF_DAYS,
    **OF_LOGS,
    **{name: Metric("Count", (WHOLE,), meaning) for name, meaning in EVENTS.items()},
}
