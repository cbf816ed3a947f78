"""The `budgets` parameter of a rule set: limits of each client and of the stack by day and month, and of each session.

`docs/rules.md` describes every field.
"""

from typing import Annotated, Literal

from pydantic import Field

from model_router.domain.model_card import Usd
from model_router.domain.money.call_bound import MAX_SERVER_TOOL_PASSES
from model_router.domain.strict_model import Strict

TierName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Limit = Annotated[Usd, Field(gt=0, le=1_000_000_000)]
Shards = Annotated[int, Field(ge=1, le=16)]

STACK_SHARDS = 8
"""The default number of items that share the stack's counter."""


class CapTier(Strict):
    """Over the limit, requests continue with this tier at most."""

    cap_tier: TierName


class _Exceedable(Strict):
    on_exceeded: Literal["refuse"] | CapTier = "refuse"

    @property
    def cap(self) -> str | None:
        """The highest tier over the limit, or None if requests are then refused."""
        return self.on_exceeded.cap_tier if isinstance(self.on_exceeded, CapTier) else None


class Limits(_Exceedable):
    """The limits of one client or of the stack in USD; None means no limit."""

    daily_usd: Limit | None = None
    monthly_usd: Limit | None = None
    #: Raise it for a client that sends more than about 40 requests per second (see docs/rules.md).
    shards: Shards = 1

    @property
    def limited(self) -> bool:
        return self.daily_usd is not None or self.monthly_usd is not None


class SessionLimits(_Exceedable):
    """The limit of one session in USD, from its first request to its last; None means no limit."""

    total_usd: Limit | None = None
    #: Only sessions that their clients name. Others may be many conversations that begin alike.
    named_only: bool = False
    #: A session that was unused for so long begins again at zero.
    kept_days: Annotated[int, Field(ge=1, le=90)] = 7


class StackLimits(Limits):
    """The limits of all clients together."""

    shards: Shards = STACK_SHARDS


class BudgetRules(Strict):
    """All limits. By default there are none, and nothing is counted."""

    stack: StackLimits = StackLimits()
    #: For each client that `clients` does not name.
    every_client: Limits = Limits()
    #: By client (the API key's id). An entry replaces `every_client` completely.
    clients: Annotated[dict[Annotated[str, Field(min_length=1, max_length=200)], Limits], Field(max_length=200)] = {}
    #: For each session of any client.
    every_session: SessionLimits = SessionLimits()
    #: The assumed readings of the prompt in a call with server tools. Below the default, costs may exceed the bound.
    server_tool_passes: Annotated[int, Field(ge=1, le=MAX_SERVER_TOOL_PASSES)] = MAX_SERVER_TOOL_PASSES
    #: The decision while the counters cannot be reached.
    on_store_failure: Literal["allow", "refuse"] = "allow"

    def of_client(self, client: str) -> Limits:
        return self.clients.get(client, self.every_client)

    def caps(self) -> list[tuple[str, str]]:
        """(path, tier) of every cap, for validation."""
        named: list[tuple[str, Limits | SessionLimits]] = [("stack", self.stack), ("every_client", self.every_client)]
        named.append(("every_session", self.every_session))
        named += [(f"clients.{client}", limits) for client, limits in self.clients.items()]
        return [(f"{where}.on_exceeded.cap_tier", limits.cap) for where, limits in named if limits.cap is not None]
