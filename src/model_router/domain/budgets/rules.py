"""The `budgets` parameter of a rule set: how much a client, and the stack as a whole, may spend a day and a month.

`docs/rules.md` describes every field.
"""

from typing import Annotated, Literal

from pydantic import Field

from model_router.domain.catalog import Strict, Usd
from model_router.domain.money.call_bound import MAX_SERVER_TOOL_PASSES

TierName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Limit = Annotated[Usd, Field(gt=0, le=1_000_000_000)]
Shards = Annotated[int, Field(ge=1, le=16)]

STACK_SHARDS = 8
"""Items that the stack's counter is spread over, where the rules say nothing else."""


class CapTier(Strict):
    """Over the limit, requests go on, at this tier at most: the limit is then a soft one."""

    cap_tier: TierName


class Limits(Strict):
    """What one client, or the stack, may spend. USD; None: no limit."""

    daily_usd: Limit | None = None
    monthly_usd: Limit | None = None
    on_exceeded: Literal["refuse"] | CapTier = "refuse"
    #: Raise it for a client that sends more than some 40 requests a second (docs/rules.md has the arithmetic).
    shards: Shards = 1

    @property
    def limited(self) -> bool:
        return self.daily_usd is not None or self.monthly_usd is not None

    @property
    def cap(self) -> str | None:
        """The tier that requests are capped at; None: they are refused."""
        return self.on_exceeded.cap_tier if isinstance(self.on_exceeded, CapTier) else None


class StackLimits(Limits):
    """The limits of everything together."""

    shards: Shards = STACK_SHARDS


class BudgetRules(Strict):
    """Every limit; by default there is none, and then nothing is counted."""

    stack: StackLimits = StackLimits()
    #: For each client that `clients` does not name.
    every_client: Limits = Limits()
    #: By client (the API key's id). An entry stands in the place of `every_client`, whole.
    clients: Annotated[dict[Annotated[str, Field(min_length=1, max_length=200)], Limits], Field(max_length=200)] = {}
    #: How often a call with server tools is taken to read its prompt. Fewer than the default is a bet, not a bound.
    server_tool_passes: Annotated[int, Field(ge=1, le=MAX_SERVER_TOOL_PASSES)] = MAX_SERVER_TOOL_PASSES
    #: What holds while the counters cannot be reached.
    on_store_failure: Literal["allow", "refuse"] = "allow"

    def of_client(self, client: str) -> Limits:
        return self.clients.get(client, self.every_client)

    def caps(self) -> list[tuple[str, str]]:
        """(where it stands, tier) of every cap, for checking."""
        named = [("stack", self.stack), ("every_client", self.every_client)]
        named += [(f"clients.{client}", limits) for client, limits in self.clients.items()]
        return [(f"{where}.on_exceeded.cap_tier", limits.cap) for where, limits in named if limits.cap is not None]
