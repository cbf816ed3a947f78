"""Ledger records as the reports read them: through DynamoDB's wire form."""

from collections.abc import Iterable
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.days import request_facts
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.ids import ledger_key
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.spend.totals.facts import CacheSavings, RequestFacts
from model_router.domain.spend.totals.totals import Totals

_serialize = TypeSerializer().serialize
SAVINGS = CacheSavings(packaged_catalog())


def wire(record: LedgerRecord) -> dict[str, Any]:
    """The item that the ledger's table holds of a record."""
    partition, sort = ledger_key(record.request_id)
    known = ledger_item.opening(record) if record.status == "open" else ledger_item.closing(record)
    item = {"pk": partition, "sk": sort, "status": record.status, **known, **ledger_item.attempts(record)}
    if record.feedback is not None:
        item["feedback"] = dict(record.feedback)
    return {name: _serialize(value) for name, value in item.items()}


def facts(record: LedgerRecord) -> RequestFacts:
    return request_facts(wire(record), SAVINGS)


def totals_of(records: Iterable[LedgerRecord]) -> Totals:
    totals = Totals()
    for record in records:
        totals.add(facts(record))
    return totals


def merge(one: Totals, other: Totals) -> Totals:
    """The totals of both parts, which do not change."""
    both = Totals()
    both.absorb(one)
    both.absorb(other)
    return both
