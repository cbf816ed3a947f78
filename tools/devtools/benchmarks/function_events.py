"""The event that each function is measured with, and the environment it runs in: a function is known by its handler."""

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from devtools.benchmarks import stub_ledger, stub_reports
from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.domain.ledger.record_json import to_text

SAMPLES = Path(__file__).resolve().parents[3] / "events"
FUNCTIONS: Mapping[str, str] = {
    "router": "RouterFunction",
    "authorizer": "AuthorizerFunction",
    "daily_totals": "DailyTotalsFunction",
    "weekly_report": "WeeklyReportFunction",
    "monthly_review": "MonthlyReviewFunction",
    "reconciliation": "ReconciliationFunction",
    "reaper": "ReaperFunction",
    "spool_replayer": "SpoolReplayerFunction",
}
_ARN = "arn:aws:lambda:us-east-1:123456789012:function:router:live"


def sample(name: str) -> dict[str, Any]:
    """One of the repository's sample events."""
    event: dict[str, Any] = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return event


def usual_event(handler: str) -> dict[str, Any]:
    """What the template's schedule, queue or door sends to the function on a usual day."""
    match handler:
        case "router":
            return sample("invoke-route.json")
        case "authorizer":
            return sample("authorizer-request.json")
        case "spool_replayer":
            record = next(SyntheticLedger(1).day(date(2026, 11, 16), 1))
            return {"Records": [sqs_record(to_text(record))]}
        case "reaper":
            return {"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}"}
        case _:
            return {}  # the schedule's Input


def sqs_record(body: str, number: int = 0) -> dict[str, Any]:
    """One message of an SQS batch, with what of it a handler may read."""
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1795426634247"}
    return {"messageId": f"m{number}", "receiptHandle": "r", "body": body, "attributes": attributes}


def environment(aws: str, claude: str, *, largest: bool = False) -> dict[str, str]:
    """Every function's variables. `largest`: its ledger and its daily totals are the largest that there may be."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": aws,
        "AWS_LAMBDA_FUNCTION_NAME": "cold",
        "CLAUDE_BASE_URL": claude,
        "LEDGER_TABLE": stub_ledger.LARGEST if largest else stub_ledger.SMALL,
        "BUDGETS_TABLE": "budgets",
        "RUNS_TABLE": "runs",
        "JOBS_BUCKET": "jobs",
        "JOBS_QUEUE_URL": f"{aws}/jobs",
        "JOBS_DELIVERIES": "5",
        "SPOOL_QUEUE_URL": f"{aws}/spool",
        "RULES_PATH": "/bench/rules/",
        "RULES_BUCKET": "rules",
        "IDS_SALT": "bench",
        "CLAUDE_API_KEY_PARAMETER": "/bench/secrets/claude-api-key",
        "REPORTS_BUCKET": stub_reports.LARGEST if largest else stub_reports.SMALL,
        "REPORTS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:reports",
        "ROUTER_MEMORY_MEGABYTES": "512",
        "ROUTER_FUNCTION_ARN": _ARN,
        "ADMIN_KEY_PARAMETER": "/bench/secrets/admin-key",
    }
