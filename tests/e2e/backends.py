"""Local AWS and the stand-in for the Claude API, as a test reads them after a function has run."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3

from model_router.domain.ids import ledger_key

#: What sam local makes of AWS::StackName.
STACK = "local"
TABLE = f"{STACK}-LedgerTable"


@dataclass(frozen=True, slots=True)
class Backends:
    """What the functions talk to, seen from this machine."""

    aws_url: str
    claude_url: str
    billing_log: Path

    def record(self, request_id: str) -> dict[str, Any]:
        """The ledger's item of that request; KeyError where there is none."""
        table = boto3.resource(
            "dynamodb",
            endpoint_url=self.aws_url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        ).Table(TABLE)
        day, ulid = ledger_key(request_id)
        return table.get_item(Key={"pk": day, "sk": ulid}, ConsistentRead=True)["Item"]

    def billed(self, request_id: str) -> dict[str, Decimal]:
        """Attempt id → what the Claude API billed for it, of that request."""
        lines = self.billing_log.read_text().splitlines() if self.billing_log.exists() else []
        found = [json.loads(line) for line in lines]
        return {
            line["attempt_id"]: Decimal(line["cost_usd"])
            for line in found
            if line["attempt_id"].startswith(f"{request_id}-")
        }
