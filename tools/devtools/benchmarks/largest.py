"""The largest that the functions may be given: records, totals and batches at every bound that validation sets.

A name here is as long as one may be, in characters of four bytes, since Python then holds the whole of a text so.
"""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from model_router.domain.ids import attempt_id, new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord, ValidationCode
from model_router.domain.ledger.record_json import to_text
from model_router.domain.money.pricing import Usage
from model_router.domain.routing.rules import MAX_MODELS, MAX_TASKS
from model_router.domain.spend.totals.groups import MAX_TAG_KEYS, MAX_TAGS, Groups
from model_router.domain.spend.totals.latency import Latencies
from model_router.domain.spend.totals.sums import (
    ApplicationSums,
    ArmSums,
    AttemptSums,
    Days,
    FirstAnswerSums,
    QualitySums,
    RequestSums,
    SessionSums,
    Sums,
)
from model_router.domain.spend.totals.totals import (
    DEAREST_APPLICATIONS,
    DEAREST_SESSIONS,
    MAX_CLIENTS,
    MAX_NAMES,
    Totals,
)
from model_router.domain.validators import MAX_VALIDATORS

DAY = "2026-11-16"
"""Part of every name: replacing it by another day gives that day's names."""

TAGS_A_REQUEST = 10
MAX_TIERS = 10
BATCH = 10
"""SpoolReplayerFunction's, in the template."""

_MAX_TEXT, _MAX_KEY, _MAX_NAME, _MAX_VERSION = 200, 100, 64, 100
_MAX_ATTEMPTS = 99
_WIDE = "\U0001f40d"
_AMOUNT = Decimal("1234567.890123456789")
_COUNT = 123_456_789
_EVERY_MILLISECOND = Latencies.from_json(dict.fromkeys(map(str, range(100)), _COUNT))


def wide(text: str, length: int = _MAX_TEXT) -> str:
    """A text of this length that begins with `text`, the rest of it four bytes a character."""
    return text + _WIDE * (length - len(text))


def client(number: int) -> str:
    return wide(f"{DAY} client {number}")


def tags(number: int) -> dict[str, str]:
    """A request's: ten of the fifty keys, each with a value that no other request has."""
    keys = ((number * TAGS_A_REQUEST + place) % MAX_TAG_KEYS for place in range(TAGS_A_REQUEST))
    return {wide(f"key {key}", _MAX_KEY): wide(f"{DAY} value {number}") for key in keys}


def largest_record() -> LedgerRecord:
    """A record with as many attempts as there are names for (the rules allow 16), each checked by all validators."""
    request_id = new_request_id(datetime(2026, 11, 16, tzinfo=UTC), bytes(10))
    codes = tuple(
        ValidationCode(f"like_example {place}", passed=False, code="c" * 40) for place in range(MAX_VALIDATORS * 2)
    )
    one = Attempt(
        id="",
        tier="t" * _MAX_NAME,
        model="m" * _MAX_NAME,
        cost_state="known",
        cost_usd=_AMOUNT,
        cost_max_usd=_AMOUNT,
        usage=Usage(_COUNT, _COUNT, _COUNT, _COUNT, _COUNT),
        validations=codes,
        latency_ms=_COUNT,
        stop_reason="model_context_window_exceeded",
        upstream_request_id="req_" + "x" * 60,
    )
    return LedgerRecord(
        request_id=request_id,
        client=client(0),
        task="t" * _MAX_NAME,
        rule=wide("rule"),
        rules_version="v" * _MAX_VERSION,
        arm="routed",
        proposed_tier=one.tier,
        tier=one.tier,
        model=one.model,
        status="abandoned",
        tags=tags(0),
        attempts=tuple(replace(one, id=attempt_id(request_id, number + 1)) for number in range(_MAX_ATTEMPTS)),
    )


def spool_batch() -> dict[str, Any]:
    """An event of SpoolReplayerFunction: a whole batch of the largest records, with room left in Lambda's 6 MB."""
    text = to_text(largest_record())
    return {"Records": [{"messageId": str(number), "body": text} for number in range(BATCH)]}


def largest_totals() -> Totals:
    """A day's, with every group at its bound: that of the totals, or of the rules where these allow less."""
    totals = Totals()
    tiers = [f"{'t' * (_MAX_NAME - 2)}{number:02d}" for number in range(MAX_TIERS)]
    models = [f"{'m' * (_MAX_NAME - 2)}{number:02d}" for number in range(MAX_MODELS)]
    tasks = [f"{'k' * (_MAX_NAME - 3)}{number:03d}" for number in range(MAX_TASKS)]
    each_tier_of_each_task = [f"{task} {tier}" for task in tasks for tier in tiers]
    _fill(totals.days, RequestSums, [DAY])
    _fill(totals.day_tiers, AttemptSums, [f"{DAY} {tier}" for tier in tiers])
    for calls, served, names in (
        (totals.tiers, totals.served_tiers, tiers),
        (totals.models, totals.served_models, models),
    ):
        _fill(calls, AttemptSums, names)
        _fill(served, RequestSums, names)
    _fill(totals.tasks, RequestSums, tasks)
    _fill(totals.quality, QualitySums, tasks)
    _fill(totals.first_calls, FirstAnswerSums, each_tier_of_each_task)
    _fill(totals.control_calls, FirstAnswerSums, each_tier_of_each_task)
    _fill(totals.clients, RequestSums, map(client, range(MAX_CLIENTS)))
    _fill(totals.sessions, SessionSums, [f"ses_{number:016x}" for number in range(DEAREST_SESSIONS)])
    for number in range(DEAREST_APPLICATIONS):
        _fill(totals.applications[f"app_{number:016x}"], ApplicationSums, tiers)
    full = _full(RequestSums)
    for number in range(MAX_CLIENTS):
        for key in range(MAX_TAGS // (MAX_CLIENTS + 1)):  # a key for each value is the form that takes most memory
            value = wide(f"{DAY} value {number} {key}")
            totals.tags.of(client(number), wide(f"key {key}", _MAX_KEY), value).absorb(full)
    _fill(totals.arms, ArmSums, ["routed", "control", "pinned"])
    for number in range(MAX_NAMES):
        totals.rules_versions[f"{DAY} {number:03d}".ljust(_MAX_VERSION, "v")].absorb(Days(_COUNT, DAY, DAY))
    return totals


def _fill[S: Sums](groups: Groups[S], kind: type[S], names: Iterable[str]) -> None:
    full = _full(kind)
    for name in names:
        groups[name].absorb(full)


def _full[S: Sums](kind: type[S]) -> S:
    """A sum with something in every field."""
    sums = kind()
    for name in (found.name for found in fields(sums)):
        empty = getattr(sums, name)
        of_kind = {Decimal: _AMOUNT, int: _COUNT, str: wide(""), Latencies: _EVERY_MILLISECOND}
        setattr(sums, name, of_kind[type(empty)])
    return sums


def day_of(text: str, day: date) -> str:
    """What was made for `DAY`, for another day."""
    return text.replace(DAY, day.isoformat())
