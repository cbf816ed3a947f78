"""The options for the router that a caller sends as headers, for clients that cannot add to the body.

The body's `router` object wins, field by field. An unknown `x-router-` header is refused: a misspelt limit of the tier
would cost money unnoticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model_router.domain.errors import InvalidRequest
from model_router.domain.inputs import checked_name

PREFIX = "x-router-"
_FIELDS = ("task", "min-tier", "max-tier")
_TAG = "tag-"
_MOST_NAME_CHARS = len(_TAG) + 100
#: Headers of the router's own, which reach it if its upstream is another router or a proxy that copies headers.
_IGNORED = frozenset(("attempt-id", "cost-usd", "escalated", "model", "tier"))


@dataclass(frozen=True, slots=True)
class HeaderOptions:
    """The values of `x-router-task`, `x-router-min-tier`, `x-router-max-tier` and `x-router-tag-<key>`."""

    task: str | None = None
    min_tier: str | None = None
    max_tier: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "HeaderOptions":
        """The options in headers whose names are in lower case. Raises InvalidRequest for an unknown or invalid one."""
        sent = {name: value for name, value in headers.items() if name.startswith(PREFIX)}
        return cls._of(sent) if sent else NO_OPTIONS

    @classmethod
    def _of(cls, sent: Mapping[str, str]) -> "HeaderOptions":
        fields: dict[str, Any] = {}
        tags: dict[str, str] = {}
        for header, value in sent.items():
            name = header.removeprefix(PREFIX)
            if name in _FIELDS:
                fields[name.replace("-", "_")] = checked_name(value, header)
            elif name.startswith(_TAG) and name != _TAG:
                tags[name.removeprefix(_TAG)] = checked_name(value, header)
                if len(name) > _MOST_NAME_CHARS:
                    raise InvalidRequest(
                        f"{header[:80]}…: a tag's key has at most {_MOST_NAME_CHARS - len(_TAG)} characters."
                    )
            elif name not in _IGNORED:
                known = ", ".join(PREFIX + field for field in (*_FIELDS, f"{_TAG}<key>"))
                raise InvalidRequest(f"{header[:80]}: is not a header of the router. Its headers are {known}.")
        return cls(**fields, tags=tags)

    def to_json(self) -> dict[str, object]:
        """What a job's message holds besides the task; empty where there is nothing else."""
        values = {"min_tier": self.min_tier, "max_tier": self.max_tier, "tags": dict(sorted(self.tags.items()))}
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_json(cls, task: str | None, stored: object) -> "HeaderOptions":
        """The options of a job's message. Raises InvalidRequest."""
        if stored is None:
            return cls(task)
        values = stored if isinstance(stored, dict) else {"": stored}
        tags = values.get("tags", {})
        if values.keys() - {"min_tier", "max_tier", "tags"} or not isinstance(tags, dict):
            raise InvalidRequest("header_options: must be an object with min_tier, max_tier and tags.")
        tiers = {name: checked_name(values[name], name) for name in ("min_tier", "max_tier") if name in values}
        return cls(task, **tiers, tags={key: checked_name(tag, f"tags.{key}") for key, tag in tags.items()})

    def context(self) -> tuple[str, ...]:
        """What makes a repeated request another one, besides its task."""
        return tuple(f"{name}: {value}" for name, value in sorted(self.to_json().items()))


NO_OPTIONS = HeaderOptions()
