"""A model in the catalog: its prices by date and prompt length, its limits, and what a request may contain."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from model_router.domain.strict_model import Strict


def _exact(value: object) -> object:
    if isinstance(value, float):
        raise ValueError('write money as a string, such as "0.30": a float is not exact')
    return Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else value


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _lifecycle_word(value: object) -> object:
    """Anthropic's model pages write `legacy` for models that are `active` in its API."""
    return "active" if value == "legacy" else value


Usd = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, allow_inf_nan=False), PlainSerializer(str)]
Day = Annotated[date, BeforeValidator(_day)]
Thinking = Literal["enabled", "adaptive", "disabled", "between_tools"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
LifecycleStatus = Literal["active", "deprecated", "retired"]
FastMode = Literal["refused", "ignored", "accepted"]
"""The effect of `speed: fast`: a 400, an ordinary call at the ordinary price, or a fast call at the fast price."""


class Prices(Strict):
    """USD per million tokens of each kind, for prompts of up to `up_to_prompt_tokens` (input + cache)."""

    up_to_prompt_tokens: int | None = Field(default=None, ge=1)
    input: Usd
    output: Usd
    cache_write_5m: Usd
    cache_write_1h: Usd
    cache_read: Usd

    @property
    def highest_input(self) -> Decimal:
        return max(self.input, self.cache_write_5m, self.cache_write_1h, self.cache_read)


class PriceList(Strict):
    """Prices from a day (UTC, or None for always) until the day of the next list."""

    start: Day | None = Field(default=None, alias="from")
    bands: Annotated[list[Prices], Field(min_length=1)]

    @model_validator(mode="after")
    def _bands_rise_and_the_last_is_open(self) -> "PriceList":
        limits = [band.up_to_prompt_tokens for band in self.bands]
        closed = [limit for limit in limits[:-1] if limit is not None]
        if limits[-1] is not None or len(closed) != len(limits) - 1 or closed != sorted(set(closed)):
            raise ValueError("bands must be in order of up_to_prompt_tokens, and only the last one must omit it")
        return self

    def band(self, prompt_tokens: int) -> Prices:
        for band in self.bands:
            if band.up_to_prompt_tokens is None or prompt_tokens <= band.up_to_prompt_tokens:
                return band
        raise AssertionError("the last band is open")


class Accepts(Strict):
    """What a request body for the model may contain. Claude answers anything else with a 400."""

    sampling: Literal["all", "one", "none"]
    thinking: list[Thinking]
    thinking_by_default: Thinking | None
    #: The highest effort without thinking (`disabled`, `between_tools`), or None if any effort is accepted.
    effort_without_thinking: Effort | None = None
    effort: list[Effort]
    #: The effort of a request without one, or None if the model has no effort or its default is unknown.
    default_effort: Effort | None = None
    prefill: bool
    forced_tool_choice: bool
    inference_geo: bool
    max_images: int = Field(ge=0)
    structured_outputs: bool
    #: Whether `messages` may contain the role `system`.
    system_messages: bool = False
    #: Anthropic's own tools that the model refuses, by their `type`.
    refused_tools: list[str] = []
    #: Whether Claude's code may call tools (`allowed_callers` other than `direct`).
    programmatic_tool_calling: bool = True
    fast_mode: FastMode = "refused"
    #: The beta header that fast mode needs, if any.
    fast_mode_beta: str | None = None
    #: The announced day (UTC) from which fast mode is refused, if any.
    fast_mode_ends: Day | None = None

    #: `output_config.task_budget`.
    task_budget: bool = False
    #: Compaction of the context: the edit `compact_…`, the field `compaction`, and blocks that it left behind.
    compaction: bool = False
    #: Whether Claude refuses thinking blocks made before the system text, the tools or an earlier message changed.
    checks_thinking_prefix: bool = False
    #: `thinking.display: updates`.
    thinking_updates: bool = False
    #: The models that a list in `fallbacks` may name. Others are refused with a 400.
    fallbacks: list[str] = []

    def fast_mode_on(self, day: date) -> FastMode:
        """The effect of `speed: fast` on a day (UTC)."""
        ended = self.fast_mode_ends is not None and self.fast_mode_ends <= day
        return "refused" if ended else self.fast_mode


class Lifecycle(Strict):
    """How long the Claude API serves the model. Cloud providers have their own dates."""

    status: Annotated[LifecycleStatus, BeforeValidator(_lifecycle_word)]
    #: The earliest possible day of retirement, while none is announced.
    not_retired_before: Day | None
    #: The day of deprecation, or None if there is none or it is unknown.
    deprecated: Day | None = None
    #: The announced day from which calls fail.
    retires: Day | None = None

    def on(self, day: date) -> LifecycleStatus:
        """The status on a day (UTC). An announced retirement applies from its day on."""
        return "retired" if self.retires is not None and self.retires <= day else self.status


class ModelCard(Strict):
    """One model of the catalog."""

    display_name: str
    aliases: list[str]
    #: The release day, or None if unknown.
    released: Day | None = None
    rate_limit_family: str
    #: Place in the order of capability that the advisor tool goes by: an advisor must be above 0 and not below the
    #: model that calls it. Models without a place neither call advisors nor advise.
    advisor_rank: int | None = Field(default=None, ge=0)
    context_window: int = Field(ge=1)
    max_output_tokens: int = Field(ge=1)
    min_cacheable_tokens: int | None = Field(ge=0)
    tokenizer: Literal["old", "new"]
    lifecycle: Lifecycle
    accepts: Accepts
    us_inference_multiplier: Usd | None
    #: The factor on every price in fast mode, or None if the model has no fast price.
    fast_multiplier: Usd | None = None
    #: The longest answer in a batch with the catalog's `batch_output_beta`, or None if the beta does not apply.
    batch_max_output_tokens: int | None = Field(default=None, ge=1)
    #: Whether only organizations that Anthropic has verified may call it.
    verified_only: bool = False
    #: Whether classifiers may end an answer with `stop_reason: refusal`.
    refusal_classifiers: bool = False
    prices: Annotated[list[PriceList], Field(min_length=1)]
    sources: Annotated[list[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _price_lists_follow_each_other(self) -> "ModelCard":
        days = [prices.start or date.min for prices in self.prices]
        if days[0] != date.min or days != sorted(set(days)):
            raise ValueError('price lists must be in order of "from", which the first one must omit')
        return self

    def prices_on(self, day: date) -> PriceList:
        return next(prices for prices in reversed(self.prices) if (prices.start or date.min) <= day)
