"""A request from any entrypoint: a Messages API body and the options for the router."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model_router.domain.requests.thread import Thread
from model_router.domain.requests.user_text import texts
from model_router.domain.validators import Validator

AUTO = "auto"
AUTO_NAMES = (AUTO, "claude-auto")
"""Model names for which the router chooses. Some clients accept only names that begin with "claude"."""

DEFAULT_API_VERSION = "2023-06-01"
VERSION_HEADER = "anthropic-version"
_NO_BETAS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """One request of a client, with its options."""

    #: The Messages API body without `model`, `stream` and `router`.
    body: Mapping[str, Any]
    client: str
    #: A tier's name, or a model's id or alias, or None if the router chooses.
    pin: str | None = None
    task: str | None = None
    validators: tuple[Validator, ...] = ()
    min_tier: str | None = None
    max_tier: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    #: A client's requests with one key are run once.
    idempotency_key: str | None = None
    #: Whether the caller wants the answer as server-sent events.
    stream: bool = False
    #: Anthropic's headers for Claude: the version, the betas, and others that the caller sent.
    api_headers: Mapping[str, str] = field(default_factory=lambda: {VERSION_HEADER: DEFAULT_API_VERSION})
    #: The id of its application, if that has a rule. `decide` sets it, and the limits of the rule.
    application: str | None = None
    #: The message thread that a routed request continues: Anthropic has the history before `body`.
    thread: Thread | None = None

    @property
    def max_tokens(self) -> int:
        value = self.body.get("max_tokens")
        return value if isinstance(value, int) else 0

    @property
    def api_version(self) -> str:
        return self.api_headers.get(VERSION_HEADER, DEFAULT_API_VERSION)

    @property
    def betas(self) -> frozenset[str]:
        """The values of `anthropic-beta`."""
        values = self.api_headers.get("anthropic-beta")
        return frozenset(value.strip() for value in values.split(",") if value.strip()) if values else _NO_BETAS

    def headers_with(self, betas: frozenset[str]) -> Mapping[str, str]:
        """`api_headers` with further values of `anthropic-beta`."""
        if betas <= self.betas:
            return self.api_headers
        return {**self.api_headers, "anthropic-beta": ",".join(sorted(self.betas | betas))}

    def source_text(self) -> str:
        """All input text. `quotes_source` compares answers with it."""
        parts = list(texts(self.body.get("system")))
        for message in self.body["messages"]:
            parts.extend(texts(message.get("content")))
        return "\n".join(parts)
