"""moto's tables, with queries that do not sort the whole table.

moto sorts all items of a table for each query, then looks for those of one partition; each comparison converts values.
"""

from collections import defaultdict
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.models.table import Table

_INDEX = 6  # the position of `index_name` after the first argument


class PartitionedTable(Table):
    """Queries see their partition alone. DynamoDB's calls come one at a time here, or this would not be safe."""

    def query(self, hash_key: Any, *further: Any, **named: Any) -> Any:
        """As moto's; through an index it still looks at every item."""
        index = further[_INDEX] if len(further) > _INDEX else named.get("index_name")
        if index or hash_key is None:
            return super().query(hash_key, *further, **named)
        every = self.items
        self.items = defaultdict(dict, {hash_key: every[hash_key]} if hash_key in every else {})
        try:
            return super().query(hash_key, *further, **named)
        finally:
            self.items = every

    def all_items(self) -> list[Any]:
        """In moto's order, by keys that are converted once each."""
        if self.range_key_attr:
            items = [item for partition in self.items.values() for item in partition.values()]
            return sorted(items, key=lambda item: (item.hash_key.cast_value, item.range_key.cast_value))
        return sorted(self.items.values(), key=lambda item: item.hash_key.cast_value)


def use() -> None:
    """Make moto create tables of this class."""
    models.Table = PartitionedTable  # type: ignore[attr-defined] # where moto takes it from
