"""Writes records that the ledger could not accept at the time, from the spool or from log lines.

They may come in any order and repeatedly: the ledger's writes commute, and an older one never overwrites a newer one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model_router.domain.ledger.ports import ForeignRecord, Ledger, LedgerUnavailable
from model_router.domain.ledger.record_json import InvalidRecord, from_text
from model_router.domain.ports import Telemetry

_EVENT = "LedgerRecordLogged"
_decoder = json.JSONDecoder()


class ReplaySpoolService:
    def __init__(self, ledger: Ledger, telemetry: Telemetry) -> None:
        self._ledger = ledger
        self._telemetry = telemetry

    def replay(self, messages: Mapping[str, str]) -> list[str]:
        """Writes the records of `messages` (id → text). Returns the ids of those that must be delivered again.

        Once the ledger is unavailable the rest is not tried, since each could take the time of a hang.
        """
        failed: list[str] = []
        waiting = list(messages.items())
        while waiting:
            message_id, text = waiting.pop(0)
            try:
                replay_record(self._ledger, text)
            except LedgerUnavailable:
                return [*failed, message_id, *(later for later, _ in waiting)]
            except InvalidRecord as error:
                self._telemetry.event("SpoolMessageInvalid", message_id=message_id, why=str(error))
                failed.append(message_id)
        return failed


def replay_record(ledger: Ledger, text: str) -> str:
    """Writes the record of a spool message and returns its request id. Raises LedgerUnavailable or InvalidRecord."""
    record = from_text(text)
    try:
        ledger.add_intent(record) if record.status == "open" else ledger.settle(record)
    except ForeignRecord:
        raise InvalidRecord("another client's record has this request id") from None
    return record.request_id


def records_in_log(lines: Iterable[str]) -> Iterator[tuple[int, str | None]]:
    """(line number, the record as a spool message's text) of each record in a log. Other lines are skipped.

    A line may have a prefix before its JSON, as in the output of AWS tools, and several objects, if two processes wrote
    at once. The record is None in a line that should have one and was cut.
    """
    for number, line in enumerate(lines, 1):
        if _EVENT not in line:
            continue
        logged, complete = _objects(line)
        records = [entry["record"] for entry in logged if isinstance(entry.get("record"), str)]
        yield from ((number, record) for record in records)
        is_metric = any("_aws" in entry for entry in logged)
        if not (records or is_metric) or not complete:
            yield number, None


def _objects(line: str) -> tuple[list[dict[str, Any]], bool]:
    """The JSON objects in a line, and whether they could all be read."""
    found: list[dict[str, Any]] = []
    at = line.find("{")
    while at >= 0:
        try:
            value, end = _decoder.raw_decode(line, at)
        except ValueError:
            return found, False
        found.append(value)
        at = line.find("{", end)
    return found, True
