"""The UpdateItem calls of the ledger. Each may be repeated, and they commute: states only move forward."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model_router.adapters.aws.dynamodb import to_wire
from model_router.adapters.ledger import item as ledger_item
from model_router.domain.ledger.record import LedgerRecord, iso

_INDEX = ("open_shard", "open_until")


@dataclass(frozen=True, slots=True)
class Update:
    """Attributes to set, to set where they are absent (`first_wins`) and to remove, under a condition.

    `compared` holds the values that only the condition names, and `paths` the attributes that only it names.
    """

    assigned: Mapping[str, object] = field(default_factory=dict)
    first_wins: Mapping[str, object] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    condition: str | None = None
    compared: Mapping[str, object] = field(default_factory=dict)
    paths: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """UpdateItem's arguments except table and key. `#x` stands for attribute x, `:x` for its new value."""
        values = {**self.assigned, **self.first_wins, **self.compared}
        sets = [f"#{name} = :{name}" for name in self.assigned]
        sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in self.first_wins]
        expression = "SET " + ", ".join(sets)
        if self.removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in self.removed)
        names = (*self.assigned, *self.first_wins, *self.removed, *self.paths)
        arguments: dict[str, Any] = {
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": to_wire({f":{name}": value for name, value in values.items()}),
        }
        if self.condition is not None:
            arguments["ConditionExpression"] = self.condition
        return arguments


def intents(record: LedgerRecord) -> tuple[Update, ...]:
    """The updates that add the record's last attempt. Try them in this order until a condition holds.

    An intent never overwrites its own outcome; earlier attempts are written with theirs. A late intent leaves a settled
    record settled, but returns an abandoned one to the index, because the reaper must add its cost to the sums. No
    condition holds for another client's record.
    """
    *ended, (last, intent) = ledger_item.attempts(record).items()
    opening, first_wins = _split(ledger_item.opening(record))
    index = ledger_item.unsettled(record)
    return (
        Update(
            {**opening, **index, "status": "open", **dict(ended)},
            {**first_wins, last: intent},
            condition="attribute_not_exists(#status) OR (#status = :status AND #client = :client)",
        ),
        Update(
            {**index, **dict(ended)},
            {last: intent},
            condition="#status = :closed AND #client = :client",
            compared={"closed": "abandoned", "client": record.client},
            paths=("status", "client"),
        ),
        Update(
            dict(ended),
            {last: intent},
            condition="#client = :client",
            compared={"client": record.client},
            paths=("client",),
        ),
    )


def outcomes(record: LedgerRecord) -> tuple[Update, ...]:
    """The updates that write an open record's attempts with their outcomes. Try them in this order.

    The second is for a record whose intent did not arrive. A closed record is left alone: it knows more.
    """
    attempts = ledger_item.attempts(record)
    opened = {**ledger_item.opening(record), **ledger_item.unsettled(record), "status": "open", **attempts}
    return (
        Update(attempts, condition="#status = :open", compared={"open": "open"}, paths=("status",)),
        Update(opened, condition="attribute_not_exists(#status)"),
    )


def settlement(record: LedgerRecord) -> Update:
    """Writes the whole record, unless the item is another client's."""
    closing, first_wins = _split(ledger_item.closing(record))
    assigned = {**closing, **ledger_item.attempts(record), "status": record.status}
    return Update(assigned, first_wins, removed=_INDEX, condition="attribute_not_exists(#client) OR #client = :client")


def _split(attributes: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """(attributes to set, attributes to set once): a later execution must not move money to other tags."""
    return {name: value for name, value in attributes.items() if name != "tags"}, {"tags": attributes["tags"]}


def abandonment(record: LedgerRecord) -> Update:
    """Closes a record as it was read. The condition fails if anything of it has changed since.

    A new attempt of the same execution has the next number; another execution has another deadline.
    """
    names = list(ledger_item.attempts(record))
    next_name = ledger_item.attempt_name(record.last_number + 1)
    unchanged = [f"#{name}.#cost_state = :{name}_state AND #{name}.#cost_max_usd = :{name}_bound" for name in names]
    compared: dict[str, object] = {"open": "open"}
    if record.open_until is not None:
        unchanged.append("#open_until = :until")
        compared["until"] = iso(record.open_until)
    for name, attempt in zip(names, record.attempts, strict=True):
        compared |= {f"{name}_state": attempt.cost_state, f"{name}_bound": attempt.cost_max_usd}
    return Update(
        {**ledger_item.costs(record), "status": "abandoned"},
        removed=_INDEX,
        condition=" AND ".join(
            ["#status IN (:open, :status)", f"attribute_not_exists(#{next_name})", *unchanged],
        ),
        compared=compared,
        paths=(*names, next_name, "cost_state"),
    )
