"""The UpdateItem calls that the ledger is made of. Each may be repeated, and they commute: states only move forward."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from model_router.adapters.ledger import item as ledger_item
from model_router.domain.ledger.record import LedgerRecord, iso


class _Serializer(TypeSerializer):
    """Replaces lone surrogates, which DynamoDB refuses: a record must not wait in the spool for ever because of one.

    They can come in Claude's JSON. A caller's names have none (`domain.inputs`).
    """

    def serialize(self, value: Any) -> Any:
        if isinstance(value, str) and not value.isascii():
            value = value.encode(errors="replace").decode()
        return super().serialize(value)


_serialize = _Serializer().serialize
_INDEX = ("open_shard", "open_until")


@dataclass(frozen=True, slots=True)
class Update:
    """Attributes that are set, set only where they are not there yet, and removed; and what must hold before.

    `compared` names the condition's own values, and `paths` the attributes that only the condition speaks of.
    """

    assigned: Mapping[str, object] = field(default_factory=dict)
    first_wins: Mapping[str, object] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    condition: str | None = None
    compared: Mapping[str, object] = field(default_factory=dict)
    paths: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """What UpdateItem takes beside table and key. `#x` is the attribute x, `:x` its new value."""
        values = {**self.assigned, **self.first_wins, **self.compared}
        sets = [f"#{name} = :{name}" for name in self.assigned]
        sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in self.first_wins]
        expression = "SET " + ", ".join(sets)
        if self.removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in self.removed)
        named = (*self.assigned, *self.first_wins, *self.removed, *self.paths)
        arguments: dict[str, Any] = {
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {f"#{name}": name for name in named},
            "ExpressionAttributeValues": {f":{name}": _serialize(value) for name, value in values.items()},
        }
        if self.condition is not None:
            arguments["ConditionExpression"] = self.condition
        return arguments


def intents(record: LedgerRecord) -> tuple[Update, ...]:
    """The updates that add the record's last attempt, in the order to try them: the first whose condition holds.

    An intent never overwrites its own outcome; the attempts before it come with theirs. A late one leaves a closed
    record closed, but puts an abandoned one before the reaper again, whose sums must take it in. None holds for another
    client's record.
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
    """The updates that write the attempts of an open record as they ended, in the order to try them.

    The second is for a record whose intent did not arrive. A closed record knows more: it is left alone.
    """
    attempts = ledger_item.attempts(record)
    opened = {**ledger_item.opening(record), **ledger_item.unsettled(record), "status": "open", **attempts}
    return (
        Update(attempts, condition="#status = :open", compared={"open": "open"}, paths=("status",)),
        Update(opened, condition="attribute_not_exists(#status)"),
    )


def settlement(record: LedgerRecord) -> Update:
    """Sets everything, whatever came before, unless the record is another client's."""
    closing, first_wins = _split(ledger_item.closing(record))
    whole = {**closing, **ledger_item.attempts(record), "status": record.status}
    return Update(whole, first_wins, removed=_INDEX, condition="attribute_not_exists(#client) OR #client = :client")


def _split(attributes: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """(those to set, those to set once): a later run under the same id must not move money to other tags."""
    return {name: value for name, value in attributes.items() if name != "tags"}, {"tags": attributes["tags"]}


def abandonment(record: LedgerRecord) -> Update:
    """Closes a record as it was read; its condition fails where anything of it has changed since.

    A further attempt of the same run has the following number; another run has another deadline.
    """
    names = list(ledger_item.attempts(record))
    following = ledger_item.attempt_name(record.last_number + 1)
    same = [f"#{name}.#cost_state = :{name}_state AND #{name}.#cost_max_usd = :{name}_bound" for name in names]
    compared: dict[str, object] = {"open": "open"}
    if record.open_until is not None:
        same.append("#open_until = :until")
        compared["until"] = iso(record.open_until)
    for name, attempt in zip(names, record.attempts, strict=True):
        compared |= {f"{name}_state": attempt.cost_state, f"{name}_bound": attempt.cost_max_usd}
    return Update(
        {**ledger_item.costs(record), "status": "abandoned"},
        removed=_INDEX,
        condition=" AND ".join(
            ["#status IN (:open, :status)", f"attribute_not_exists(#{following})", *same],
        ),
        compared=compared,
        paths=(*names, following, "cost_state"),
    )
