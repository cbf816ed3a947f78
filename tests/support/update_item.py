"""DynamoDB's UpdateItem, GetItem and Query in memory, as far as the ledger uses their expressions.

Pure: no moto, no network. It says what the expressions mean by DynamoDB's documentation, so that thousands of
interleavings can be tried in a second.
"""

import re
from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

_read = TypeDeserializer().deserialize
_write = TypeSerializer().serialize
_SET = re.compile(r"(#\w+) = (?:(:\w+)|if_not_exists\((#\w+), (:\w+)\))")
_TERM = re.compile(
    r"attribute_not_exists\((?P<absent>#\w+)\)|(?P<path>#[\w.#]+) (?:= (?P<equal>:\w+)|IN \((?P<among>[:\w, ]+)\))"
)
Item = dict[str, Any]


class MemoryTable:
    """A table with keys pk and sk, and the ledger's sparse index. Takes the place of a boto3 client."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.updates = 0

    def update_item(
        self,
        *,
        Key: Mapping[str, Any],  # noqa: N803 - boto3's names
        UpdateExpression: str,  # noqa: N803
        ExpressionAttributeNames: Mapping[str, str],  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        ConditionExpression: str | None = None,  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        self.updates += 1
        key = _key(Key)
        item = dict(self.items.get(key, {"pk": key[0], "sk": key[1]}))
        names = ExpressionAttributeNames
        values = {name: _read(value) for name, value in ExpressionAttributeValues.items()}
        if ConditionExpression is not None and not _holds(ConditionExpression, item, names, values):
            refusal = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}
            raise ClientError(refusal, "UpdateItem")  # type: ignore[arg-type]
        sets, _separator, removes = UpdateExpression.removeprefix("SET ").partition(" REMOVE ")
        _check_all_used(f"{UpdateExpression} {ConditionExpression}", names, values)
        for target, plain, probed, fallback in _SET.findall(sets):
            if plain:
                item[names[target]] = values[plain]
            elif names[probed] not in item:
                item[names[target]] = values[fallback]
        for target in filter(None, removes.split(", ")):
            item.pop(names[target], None)
        self.items[key] = item
        return {}

    def get_item(self, *, Key: Mapping[str, Any], **_: object) -> dict[str, Any]:  # noqa: N803
        item = self.items.get(_key(Key))
        return {"Item": {name: _write(value) for name, value in item.items()}} if item else {}

    def query(
        self,
        *,
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        KeyConditionExpression: str,  # noqa: N803
        Limit: int,  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        assert KeyConditionExpression == "open_shard = :shard AND open_until < :before"
        shard, before = (_read(ExpressionAttributeValues[name]) for name in (":shard", ":before"))
        items = [
            item
            for item in list(self.items.values())
            if item.get("open_shard") == shard and item["open_until"] < before
        ]
        items.sort(key=lambda item: str(item["open_until"]))
        return {"Items": [{"pk": _write(item["pk"]), "sk": _write(item["sk"])} for item in items[:Limit]]}


def _holds(condition: str, item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    """`A AND B`, or `A OR (B AND C)`; no other nesting."""
    ways = [way.removeprefix("(").removesuffix(")" if way[0] == "(" else "") for way in condition.split(" OR ")]
    return any(all(_term(term, item, names, values) for term in way.split(" AND ")) for way in ways)


def _term(term: str, item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    match = _TERM.fullmatch(term)
    assert match, f"not understood: {term}"
    if match["absent"]:
        return names[match["absent"]] not in item
    value: Any = item
    for part in match["path"].split("."):
        if not isinstance(value, Mapping) or names[part] not in value:
            return False
        value = value[names[part]]
    wanted = [match["equal"]] if match["equal"] else match["among"].split(", ")
    return value in [values[name] for name in wanted]


def _check_all_used(expressions: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """DynamoDB refuses names and values that no expression uses."""
    used = set(re.findall(r"[#:]\w+", expressions))
    assert used == {*names, *values}, used ^ {*names, *values}


def _key(key: Mapping[str, Any]) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]
