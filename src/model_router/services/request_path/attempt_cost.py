"""The cost of an attempt that has ended, as far as it can be known.

nothing was sent, or Claude answered an error   free
a refusal before any output                     free or billed, by its category
the whole answer with its final usage           known: each model's tokens at the prices in force when it was sent
a usage that does not determine the cost        unknown, between its certain part and the most that it can be
the final usage is missing or impossible        unknown, within a bound
the call failed and may be billed               unknown, within a bound
the catalog has no price for the model          unknown, within a bound: its tokens at the highest prices of all
"""

from dataclasses import dataclass, replace
from datetime import datetime

from model_router.domain.answers.message import MessageAssembly
from model_router.domain.catalog import Catalog
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.answer_cost import AnswerCost, answer_cost, refusal_billed
from model_router.domain.money.answer_parts import PricedCall
from model_router.domain.money.call_bound import MAX_SERVER_TOOL_PASSES, reads_more_than_its_prompt
from model_router.domain.money.pricing import ZERO, Usage
from model_router.domain.recorded_words import PRICED_REGIONS, region, word
from model_router.services.request_path.claude_call import ClaudeCallState

_MOST_PASSES = 2 * MAX_SERVER_TOOL_PASSES
"""How often one call can read its prompt: each pass of server tools, and a compaction before each."""
_SLACK_TOKENS = 1000


def priced(ended: Attempt, call: ClaudeCallState, catalog: Catalog, max_tokens: int) -> Attempt:
    """The ended attempt with its cost, or a bound."""
    failure, sent_at, assembly = call.failure, call.sent_at, call.assembly
    if sent_at is None or (failure is not None and not failure.may_be_billed):
        return _free(ended)
    limits = _Limits.of(call, catalog, max_tokens)
    answer = _answer_cost(ended, call, catalog, limits)
    if answer is None:
        certain = limits.plausible(assembly.first_usage()) or Usage()
        ended = replace(ended, usage=_located(certain, call), stop_reason=_stop_reason(assembly))
        return _bounded(ended, call, catalog, limits.max_tokens)
    ended = replace(ended, usage=answer.usage, other_models=answer.other_models, stop_reason=_stop_reason(assembly))
    if failure is None and answer.usage == Usage() and not answer.most:
        # It is not billed although its usage reports tokens.
        return _free(replace(ended, usage=_located(assembly.usage(), call)))
    if failure is None and answer.least == answer.most:
        return replace(ended, cost_state="known", cost_usd=answer.least, cost_max_usd=answer.most)
    certain_usd = answer.least if failure is None and answer.least else None
    return replace(ended, cost_usd=certain_usd, cost_max_usd=answer.most)


def _answer_cost(ended: Attempt, call: ClaudeCallState, catalog: Catalog, limits: "_Limits") -> AnswerCost | None:
    """The cost by the answer's final usage. None if that is missing, or more than a call can use."""
    assembly, sent_at = call.assembly, call.sent_at
    if sent_at is None or limits.plausible(assembly.final_usage()) is None:
        return None
    billed = _refusal_billed(assembly, catalog, sent_at) if call.failure is None else True
    answer = answer_cost(catalog, PricedCall(ended.model, call.body, sent_at, billed), assembly.message)
    plausible = all(_Limits.of_other(catalog, other.model).plausible(other.usage) for other in answer.other_models)
    return answer if plausible and answer.usage.inference_geo in PRICED_REGIONS else None


def _refusal_billed(assembly: MessageAssembly, catalog: Catalog, sent_at: datetime) -> bool | None:
    """Whether the answer is billed, or None if that is unknown: a refusal before any output may be free."""
    if _stop_reason(assembly) != "refusal" or assembly.output == "some":
        return True
    billed = refusal_billed(catalog, assembly.message, sent_at)
    # An empty block may count as output.
    return None if billed is False and assembly.output == "empty" else billed


@dataclass(frozen=True, slots=True)
class _Limits:
    """The tokens that a whole call can read and write, and those that one answer can have."""

    most_input: int
    most_output: int
    max_tokens: int

    @classmethod
    def of(cls, call: ClaudeCallState, catalog: Catalog, max_tokens: int) -> "_Limits":
        card, sent = catalog.card_for_bound(call.intent.model), call.body.get("max_tokens")
        most = max(max_tokens, sent) if isinstance(sent, int) else max_tokens
        many = reads_more_than_its_prompt(call.body)
        most_output = _MOST_PASSES * card.max_output_tokens if many else most + _SLACK_TOKENS
        return cls(_MOST_PASSES * card.context_window, most_output, most)

    @classmethod
    def of_other(cls, catalog: Catalog, model: str) -> "_Limits":
        """The limits of another model within a call."""
        card = catalog.card(model)
        return cls(_MOST_PASSES * card.context_window, _MOST_PASSES * card.max_output_tokens, card.max_output_tokens)

    def plausible(self, usage: Usage | None) -> Usage | None:
        """The usage, or None if a call cannot have used that much."""
        if usage is None or usage.prompt_tokens > self.most_input or usage.output_tokens > self.most_output:
            return None
        # The model writes every query of a search.
        return usage if usage.web_searches <= usage.output_tokens else None


def _located(usage: Usage, call: ClaudeCallState) -> Usage:
    """The usage with its region: as Claude reports it, or as requested."""
    return replace(usage, inference_geo=usage.inference_geo or region(call.body.get("inference_geo")))


def _stop_reason(assembly: MessageAssembly) -> str | None:
    return word(assembly.message.get("stop_reason"))


def _bounded(ended: Attempt, call: ClaudeCallState, catalog: Catalog, max_tokens: int) -> Attempt:
    """A call that may be billed at an unknown cost: the prompt of its first usage, and `max_tokens` of output.

    If Claude may read the prompt more than once, the first usage does not report all of it: the bound stays.
    """
    usage, sent_at = ended.usage, call.sent_at
    if sent_at is None or not usage.prompt_tokens or reads_more_than_its_prompt(call.body):
        return ended
    if usage.inference_geo not in PRICED_REGIONS:
        return ended
    most_output = max(usage.output_tokens, max_tokens)
    reported = {**call.assembly.first_reported_usage(), "output_tokens": most_output}
    most = answer_cost(catalog, PricedCall(ended.model, call.body, sent_at), {"usage": reported}).most
    return replace(ended, cost_max_usd=min(most, ended.cost_max_usd))


def _free(attempt: Attempt) -> Attempt:
    return replace(attempt, cost_state="free", cost_usd=ZERO, cost_max_usd=ZERO)
