"""The budgets' counters against the ledger: what all attempts cost, and no hold that nothing explains."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from model_router.domain.ledger.record import Attempt, LedgerRecord

Item = Mapping[str, Any]
_MONTH, _TOTAL = "m", "t"
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Account:
    """What the items of an account say; a session's total counts as both. `held`: attempt id → USD still held."""

    month: Decimal
    days: Decimal
    held: Mapping[str, Decimal]


def differences(
    items: Iterable[Item],
    records: Iterable[LedgerRecord],
    is_uncertain: Callable[[LedgerRecord, Attempt], bool],
    killed: int,
) -> list[str]:
    """Where a counter differs from the ledger, or a hold is left.

    Of an attempt that is uncertain (its process was killed, or could not settle its hold) the counters may hold
    anything from nothing to its bound. `killed`: how many processes were. Each may leave a hold without any record.
    """
    by_account: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_account[item["pk"].partition("#")[0]].append(item)
    known = list(records)
    lines: list[str] = []
    for name, its_items in sorted(by_account.items()):
        holder, _, owner = name.partition(":")
        its_records = [record for record in known if not owner or owner == getattr(record, holder)]
        lines += _compared(name, _account(its_items), its_records, is_uncertain, killed)
    return lines


def _compared(
    name: str,
    account: _Account,
    records: Sequence[LedgerRecord],
    is_uncertain: Callable[[LedgerRecord, Attempt], bool],
    killed: int,
) -> list[str]:
    left = dict(account.held)
    recorded = {attempt.id for record in records for attempt in record.attempts}
    unrecorded = [attempt_id for attempt_id in left if attempt_id not in recorded][:killed]
    low = high = sum((left.pop(attempt_id) for attempt_id in unrecorded), _ZERO)
    for record in records:
        for attempt in record.attempts:
            held = left.pop(attempt.id, None) if is_uncertain(record, attempt) else None
            low += _least(attempt, held, uncertain=is_uncertain(record, attempt))
            high += attempt.cost_max_usd if held is None else held
    lines = [f"{name} still holds {amount} for {attempt_id}" for attempt_id, amount in left.items()]
    for counter, counted in (("month", account.month), ("days", account.days)):
        if not low <= counted <= high:
            lines.append(f"{name} counts {counted} USD by {counter}, the ledger {low} to {high}")
    return lines


def _least(attempt: Attempt, held: Decimal | None, *, uncertain: bool) -> Decimal:
    if held is not None:
        return held
    return _ZERO if uncertain else attempt.cost_max_usd


def _account(items: Iterable[Item]) -> _Account:
    """Shards count what they spent less what they were granted, so that all items together count what was spent."""
    month = days = _ZERO
    held: dict[str, Decimal] = defaultdict(Decimal)
    by_key = {item["pk"]: item for item in items}
    for key, item in by_key.items():
        for counter, value in item.items():
            is_day = counter[0] == "d" and counter[1:].isdigit()
            month += value if counter in {_MONTH, _TOTAL} else _ZERO
            days += value if is_day or counter == _TOTAL else _ZERO
            if isinstance(value, str) and value.startswith("held "):
                held[f"req_{counter.partition('.')[0]}"] += Decimal(value.split()[2])
        granted = _not_credited(key, item, by_key)
        month -= granted.get(_MONTH, _ZERO)
        days -= sum((value for counter, value in granted.items() if counter != _MONTH), _ZERO)
    return _Account(month, days, held)


def _not_credited(key: str, item: Item, by_key: Mapping[str, Item]) -> Mapping[str, Decimal]:
    """What an account's own item has granted to shards whose items do not have it: the process died in between."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for name, number in item.items():
        shard = name[1:]
        if name[0] == "g" and shard.isdigit():
            credited = by_key.get(f"{key}#{shard}", {}).get("credited", "0")
            if int(number) > int(credited):
                for part in item[f"{name}_usd"].split():
                    counter, _, amount = part.partition("=")
                    total[counter] += Decimal(amount)
    return total
