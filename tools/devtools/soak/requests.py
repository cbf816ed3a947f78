"""The soak's requests. The n-th request of a seed is always the same."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

#: What the stand-in does with calls that hold these words, whatever else it draws (`chaos`).
BILLED_RESET = "reset and charged"
SILENT = "after a long silence"
HESITANT = "word by word"
#: Ledger records of requests under an idempotency key carry it as this tag.
KEY_TAG = "soak_key"
#: Every request's record carries its number as this tag.
NUMBER_TAG = "soak_request"
#: The task whose answers a function checks (`rules`).
CHECKED_TASK = "soak-checked"
_LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
_UNREACHABLE = [{"type": "contains", "values": ["a word that is never said"]}]
_TEXTS = (
    "Classify this email as spam or not: you have won a cruise, click here.",
    "Extract the invoice number: invoice 4711 of 12 March.",
    "Summarize: the meeting moved from Monday to Thursday, and the room is too small.",
    "Explain why the sky is blue, in two sentences.",
    "Do a security audit of this function: def f(x): return eval(x)",
    "Debug this complex race: two workers take the same job.",
    "What is the capital of Norway?",
)


@dataclass(frozen=True, slots=True)
class SoakRequest:
    """`key`: an idempotency key, under which it is sent once and `repeats` times more.

    `uploads`: the body is uploaded to S3 as a job's, and another body is put in its place once it was accepted.
    """

    path: str
    body: dict[str, Any]
    #: The caller stops reading after so many events: it hangs up, or `stalls` and keeps the connection open.
    hangs_up_after: int | None = None
    stalls: bool = False
    uploads: bool = False
    #: The body is sent compressed.
    gzipped: bool = False
    key: str | None = None
    repeats: int = 0

    @property
    def streams(self) -> bool:
        return self.body.get("stream") is True


_Form = Callable[[random.Random, str], SoakRequest]


def soak_request(seed: int, number: int) -> SoakRequest:
    """The request of that number."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable, nothing secret
    text = f"{rng.choice(_TEXTS)} (request {number})"
    if rng.random() < 0.005:
        text += f" {BILLED_RESET}"
    form = rng.choices(list(_FORMS), list(_FORMS.values()))[0]
    request = _tagged(form(rng, text), NUMBER_TAG, str(number))
    keyed = rng.random() < 0.08 and not (request.uploads or request.stalls)
    return _under_a_key(rng, request, f"{seed}-{number}") if keyed else request


def _plain(rng: random.Random, text: str) -> SoakRequest:
    return SoakRequest("/v1/route", {"prompt": text, "max_tokens": rng.randint(16, 256), "tags": {"team": "soak"}})


def _checked(rng: random.Random, text: str) -> SoakRequest:
    """Half of these cannot pass on any tier, and go all the way up."""
    asked = {"prompt": _spam(text), "max_tokens": 16}
    return SoakRequest("/v1/route", {**asked, "validators": rng.choice((_LABELS, _UNREACHABLE))})


def _conversation(rng: random.Random, text: str) -> SoakRequest:
    """Of one of eight sessions, whose budgets several callers use at the same time."""
    session = {"user_id": f'{{"session_id": "soak-{rng.randrange(8)}"}}'}
    turns = [
        {"role": "user", "content": text},
        {"role": "assistant", "content": "Noted."},
        {"role": "user", "content": "Go on, then."},
    ]
    return _messages({"model": "auto", "messages": turns, "metadata": session, "temperature": 0.5}, rng)


def _pinned(rng: random.Random, text: str) -> SoakRequest:
    model = rng.choice(("haiku", "sonnet", "opus", "claude-haiku-5-5", "claude-sonnet-4-6"))
    return _messages({"model": model, "messages": [{"role": "user", "content": text}]}, rng)


def _cached(rng: random.Random, text: str) -> SoakRequest:
    """A long prefix with a breakpoint: cache writes of both kinds, and reads."""
    ttl = rng.choice(("5m", "1h"))
    prefix = f"You keep the rules of house {rng.randrange(4)}. " + "No shoes on the carpet, no songs after ten. " * 500
    system = [{"type": "text", "text": prefix, "cache_control": {"type": "ephemeral", "ttl": ttl}}]
    asked = {"model": rng.choice(("haiku", "sonnet")), "system": system}
    return _messages({**asked, "messages": [{"role": "user", "content": text}]}, rng)


def _elsewhere(rng: random.Random, text: str) -> SoakRequest:
    body = {"model": "claude-sonnet-4-6", "inference_geo": "us", "messages": [{"role": "user", "content": text}]}
    return _messages(body, rng)


def _several_models(rng: random.Random, text: str) -> SoakRequest:
    """Fast mode, an advisor, a fallback after a refusal: what one price list for a call does not tell."""
    asked = {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": text}]}
    extra: dict[str, Any] = rng.choice((
        {"speed": "fast"},
        {"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "claude-fable-5-2"}]},
        {"fallbacks": [{"model": "claude-opus-4-8"}]},
    ))  # fmt: skip
    return _messages({**asked, **extra}, rng)


def _gzipped(rng: random.Random, text: str) -> SoakRequest:
    return replace(rng.choice((_plain, _checked, _conversation, _relayed, _job))(rng, text), gzipped=True)


def _prewarmed(rng: random.Random, text: str) -> SoakRequest:
    """`max_tokens: 0` fills the cache and asks for no answer."""
    return _with(_cached(rng, text), max_tokens=0)


def _reminded(rng: random.Random, text: str) -> SoakRequest:
    """A system message among the others, which the models of the default ladder do not accept."""
    request = _conversation(rng, text)
    reminder = {"role": "system", "content": rng.choice(("Be brief.", [{"type": "text", "text": "Use no lists."}]))}
    return _with(request, messages=[*request.body["messages"], reminder])


def _unlisted(rng: random.Random, text: str) -> SoakRequest:
    """A model that neither the catalog nor Claude knows: passed on, and Claude's 404 comes back."""
    model = rng.choice(("claude-next-9", "claude-haiku-9-20270101"))
    return _messages({"model": model, "messages": [{"role": "user", "content": text}]}, rng)


def _relayed(rng: random.Random, text: str) -> SoakRequest:
    """A stream that nothing checks: its events come as Claude sends them."""
    model = rng.choice(("auto", "auto", "haiku", "opus"))
    return _messages({"model": model, "stream": True, "messages": [{"role": "user", "content": text}]}, rng)


def _checked_stream(rng: random.Random, text: str) -> SoakRequest:
    """A stream that comes after its check; some of them after so long a silence that pings come first."""
    silent = rng.random() < 0.03
    text = _spam(f"{text} {SILENT}" if silent else text)
    validators = _LABELS if silent else rng.choice((_LABELS, _UNREACHABLE))
    body = {"model": "auto", "stream": True, "router": {"validators": validators}, "max_tokens": 16}
    return SoakRequest("/v1/messages", {**body, "messages": [{"role": "user", "content": text}]})


def _hung_up(rng: random.Random, text: str) -> SoakRequest:
    """A caller who leaves in mid-stream: half of the time while Claude is at it still."""
    text = f"{text} {HESITANT}" if rng.random() < 0.5 else text
    return replace(rng.choice((_relayed, _relayed, _checked_stream))(rng, text), hangs_up_after=rng.randint(1, 6))


def _job(rng: random.Random, text: str) -> SoakRequest:
    return replace(rng.choice((_plain, _checked, _conversation))(rng, text), path="/v1/jobs")


def _uploaded(rng: random.Random, text: str) -> SoakRequest:
    return replace(_job(rng, text), uploads=True)


def _checked_by_a_function(rng: random.Random, text: str) -> SoakRequest:
    asked = {"prompt": text, "max_tokens": rng.randint(16, 64), "task": CHECKED_TASK}
    return SoakRequest(rng.choice(("/v1/route", "/v1/route", "/v1/jobs")), asked)


def _stalled(rng: random.Random, text: str) -> SoakRequest:
    """A caller who stops reading in the middle of a long answer and stays connected."""
    request = rng.choice((_relayed, _checked_stream))(rng, text)
    return replace(_with(request, max_tokens=2000), hangs_up_after=rng.randint(1, 3), stalls=True)


_FORMS: dict[_Form, int] = {
    _plain: 14,
    _several_models: 3,
    _checked: 18,
    _conversation: 8,
    _gzipped: 3,
    _prewarmed: 2,
    _reminded: 3,
    _unlisted: 1,
    _pinned: 8,
    _cached: 8,
    _elsewhere: 4,
    _relayed: 7,
    _checked_stream: 5,
    _hung_up: 4,
    _job: 6,
    _uploaded: 2,
    _checked_by_a_function: 3,
    _stalled: 1,
}
"""Each form and how many of a hundred requests have it."""


def _under_a_key(rng: random.Random, request: SoakRequest, key: str) -> SoakRequest:
    """Tag the record with the key, so that its billed executions can be counted."""
    return replace(_tagged(request, KEY_TAG, key), key=key, repeats=rng.randint(1, 2))


def _tagged(request: SoakRequest, name: str, value: str) -> SoakRequest:
    """The request with a tag that its ledger record will have."""
    messages = "messages" in request.body
    options = request.body.get("router", {}) if messages else request.body
    options = {**options, "tags": {**options.get("tags", {}), name: value}}
    return replace(request, body={**request.body, "router": options} if messages else options)


def _with(request: SoakRequest, **fields: Any) -> SoakRequest:
    return replace(request, body={**request.body, **fields})


def _spam(text: str) -> str:
    return f"Classify this. Respond with only SPAM or NOT_SPAM.\n\n{text}"


def _messages(body: dict[str, Any], rng: random.Random) -> SoakRequest:
    return SoakRequest("/v1/messages", {"max_tokens": rng.randint(16, 128), **body})
