"""Splits an answer into the parts of the models in it. `answer_cost` describes which parts are in the totals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from model_router.domain.answers.final_usage import any_output
from model_router.domain.catalog import Catalog
from model_router.domain.money.called_models import (
    advisor_models,
    asks_for_fast_mode,
    fallback_models,
    model_id,
)
from model_router.domain.money.cost_part import CostPart
from model_router.domain.money.pricing import COMPACTION, Usage, iterations, price_day, writes_by_ttl
from model_router.domain.recorded_words import region

_MESSAGE, _FALLBACK, _ADVISOR = "message", "fallback_message", "advisor_message"
_SERVER_LOOP: Final = ("server_tool_use", "mcp_tool_use")

Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PricedCall:
    """The call of an answer: its model, body and time.

    `body` is None if unknown, as in a log. `billed` says whether the answering model bills for it (a refusal may be
    free), or None if unknown.
    """

    model: str
    body: Mapping[str, object] | None
    at: datetime
    billed: bool | None = True


class AnswerParts:
    """Splits an answer into the parts of the models in it."""

    def __init__(self, catalog: Catalog, call: PricedCall, message: Mapping[str, object]) -> None:
        usage, content = message.get("usage"), message.get("content")
        self._catalog, self._call, self._body = catalog, call, call.body or {}
        self._usage: Entry = usage if isinstance(usage, Mapping) else {}
        self._entries = iterations(self._usage)
        self._content = [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []
        self.own = model_id(catalog, call.model) or call.model
        self._fell_back = any(entry.get("type") == _FALLBACK for entry in self._entries)
        self._answered_by = self._models_that_may_have_answered(message)

    def totals(self) -> CostPart:
        """The part of the answering model, with the compactions of its context."""
        counted = [entry for entry in self._entries if self._in_totals(entry)]
        usage, unknown = _with_ttl(self._usage, counted)
        usage = self._with_mode(usage)
        bands = [usage.prompt_tokens, *(Usage.of_totals(entry).prompt_tokens for entry in counted)]
        if not counted and any(block.get("type") in _SERVER_LOOP for block in self._content):
            bands.append(0)  # the usage does not separate the readings of the prompt
        for entry in self._entries:
            if entry.get("type") == COMPACTION:
                summary, more = _with_ttl(entry, [])
                bands.append(summary.prompt_tokens)
                usage, unknown = usage.plus(summary), unknown + more
        fast, billed = self._speed()
        declined = any(entry.get("type") == _MESSAGE and not self._in_totals(entry) for entry in self._entries)
        return CostPart(
            self._answered_by,
            usage,
            writes_of_unknown_ttl=unknown if unknown and self._may_write_for_an_hour else 0,
            writes_may_be_reads=declined or self._has_fallback_credit(),
            bands=tuple(bands),
            fast=fast,
            billed=self._call.billed if self._call.billed is not True else billed,
        )

    def outside_totals(self) -> Iterator[CostPart]:
        """The parts that are not in the totals: advisors, and models that declined."""
        if not self._entries:
            return
        fast = None if self._speed()[0] is not False or asks_for_fast_mode(self._body) else False
        for entry in self._entries:
            if entry.get("type") == COMPACTION or self._in_totals(entry):
                continue
            named = model_id(self._catalog, entry.get("model"))
            usage, unknown = _with_ttl(entry, [])
            yield CostPart(
                (named,) if named else self._models_of(entry),
                self._with_mode(usage),
                writes_of_unknown_ttl=unknown if unknown and self._may_write_for_an_hour else 0,
                fast=fast,
                billed=self._billed_outside(entry, named),
            )

    def _in_totals(self, entry: Entry) -> bool:
        if entry.get("type") != _MESSAGE or not self._fell_back:
            return entry.get("type") in (_MESSAGE, _FALLBACK)
        return (model_id(self._catalog, entry.get("model")),) == self._answered_by

    def _models_that_may_have_answered(self, message: Mapping[str, object]) -> tuple[str, ...]:
        last = [entry for entry in self._entries if entry.get("type") == _FALLBACK][-1:]
        if last:
            served = model_id(self._catalog, last[0].get("model"))
            return (served,) if served else self._models_of(last[0])
        moved = any(block.get("type") == "fallback" for block in self._content)
        named = [message, *(entry for entry in self._entries if entry.get("type") == _MESSAGE)]
        others = {model_id(self._catalog, entry.get("model")) for entry in named} - {None, self.own}
        if self._body.get("fallbacks") and (moved or others):
            return (self.own, *self._fallbacks)
        return (self.own,)

    @cached_property
    def _advisors(self) -> tuple[str, ...]:
        return advisor_models(self._catalog, self._body)

    @cached_property
    def _fallbacks(self) -> tuple[str, ...]:
        return fallback_models(self._catalog, self._body)

    def _models_of(self, entry: Entry) -> tuple[str, ...]:
        """The possible models of an entry whose model is missing or not in the catalog."""
        models: tuple[str, ...] = ()
        if entry.get("model") is not None:
            models = (str(entry["model"]),)
        elif entry.get("type") == _ADVISOR:
            models = self._advisors
        elif entry.get("type") == _MESSAGE:
            models = (self.own, *self._fallbacks)
        return models or tuple(self._catalog.served())

    def _billed_outside(self, entry: Entry, named: str | None) -> bool | None:
        if named is None or entry.get("type") not in (_MESSAGE, _ADVISOR):
            return None
        return True if entry.get("type") == _ADVISOR else self._refusals_billed.get(named)

    @cached_property
    def _refusals_billed(self) -> Mapping[str, bool | None]:
        """Whether each model that declined bills for it, which it always does once it has begun to answer."""
        billed: dict[str, bool | None] = {}
        began = False
        for block in self._content:
            if block.get("type") != "fallback":
                began = began or any_output([block])
                continue
            source, trigger = block.get("from"), block.get("trigger")
            declined = model_id(self._catalog, source.get("model")) if isinstance(source, Mapping) else None
            if declined is not None and declined not in billed:
                category = trigger.get("category") if isinstance(trigger, Mapping) else "not reported"
                billed[declined] = began or category_billed(self._catalog, category, self._call.at)
            began = False
        return billed

    def _speed(self) -> tuple[bool | None, bool | None]:
        """(whether it ran in fast mode, whether the card has its price); None means unknown."""
        speed = self._usage.get("speed")
        if speed is None:
            return (None if asks_for_fast_mode(self._body) else False), True
        return (speed == "fast", True) if speed in ("fast", "standard") else (None, None)

    def _with_mode(self, usage: Usage) -> Usage:
        """Adds the region and mode of the call, as Claude reports them; the region falls back to the requested one."""
        geo = self._usage.get("inference_geo") or self._body.get("inference_geo")
        batch = self._usage.get("service_tier") == "batch"
        return replace(usage, inference_geo=region(geo), batch=batch)

    def _has_fallback_credit(self) -> bool:
        credit = self._usage.get("fallback_credit")
        status = credit.get("status") if isinstance(credit, Mapping) else None
        return credit is not None and not (isinstance(status, Mapping) and status.get("type") == "not_applied")

    @cached_property
    def _may_write_for_an_hour(self) -> bool:
        """Whether the request asks for a one-hour cache anywhere. Without that, every write is a five-minute one."""
        if self._call.body is None:
            return True
        waiting: list[object] = [self._call.body]
        while waiting:
            value = waiting.pop()
            if isinstance(value, Mapping):
                if value.get("ttl") == "1h":
                    return True
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
        return False


def _with_ttl(counts: Entry, own_iterations: list[Entry]) -> tuple[Usage, int]:
    """(the usage of these counts, the number of its cache writes with unknown TTL).

    The totals of a stream may split only a part of the writes; its iterations then split all of them.
    """
    usage = Usage.of_totals(counts)
    writes = usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
    unknown = writes - sum(writes_by_ttl(counts)) if writes else 0
    if not unknown or not own_iterations or any(_with_ttl(entry, [])[1] for entry in own_iterations):
        return usage, unknown
    split = [writes_by_ttl(entry) for entry in own_iterations]
    five_minutes, one_hour = (sum(kind) for kind in zip(*split, strict=True))
    if five_minutes + one_hour != writes:
        return usage, unknown
    return replace(usage, cache_write_5m_tokens=five_minutes, cache_write_1h_tokens=one_hour), 0


def category_billed(catalog: Catalog, category: object, at: datetime) -> bool | None:
    """Whether a refusal of a category, or of none, before any output is billed. None means unknown."""
    return catalog.refusal_billed(None if category is None else str(category), price_day(at))
