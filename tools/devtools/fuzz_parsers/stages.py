"""The stages that text from outside goes through, each with the hostile inputs that it can meet."""

import contextlib
import io
import json
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from devtools.fuzz_parsers.growth import Case, Work
from devtools.fuzz_parsers.hostile_answers import TRIALS
from devtools.fuzz_parsers.hostile_bodies import BODIES, Body
from devtools.fuzz_parsers.hostile_logs import LOGS, Log
from devtools.fuzz_parsers.hostile_texts import TEXTS, Text
from devtools.fuzz_parsers.hostile_usages import PRICED, STREAMS, Priced
from devtools.fuzz_parsers.part_stages import ASKED_CALLS, OF_LONG_TEXTS, OF_SHORT_TEXTS
from model_router.adapters.claude.server_sent_events import events_in
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain import json_codec
from model_router.domain.answers.message import MessageAssembly, Unintelligible
from model_router.domain.errors import InvalidRequest, RouterError
from model_router.domain.estimate.estimate import estimate_inventory, upper_bound_tokens
from model_router.domain.estimate.request_inventory import take_inventory
from model_router.domain.executions.execution import fingerprint
from model_router.domain.keyed_ids import ids_key
from model_router.domain.money.answer_cost import answer_cost
from model_router.domain.money.answer_parts import PricedCall
from model_router.domain.money.warm_prompt import warm_prompt
from model_router.domain.requests.forms import from_count_form, from_messages_form, from_route_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing import patterns
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.capabilities import API_VERSION_WITHOUT_SAMPLING
from model_router.domain.routing.decision import decide
from model_router.domain.routing.draft import Target
from model_router.domain.routing.effort_rules import EffortRule
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse
from model_router.domain.validators import Budget, OutOfTime, build
from model_router.services.request_path.answer_checks import CHECK_SECONDS
from router_cli.call_logs import reading
from router_cli.call_logs.audit import Audit
from router_cli.call_logs.formats import FORMATS
from router_cli.call_logs.json_values import values_in
from router_cli.call_logs.phrases import phrases_of
from router_cli.explanation import explain

#: In characters: the largest body over HTTPS, the largest answer (128,000 tokens), what is searched of a request, and
#: an event of Claude's many times as long as any yet seen.
LARGEST_BODY, LARGEST_ANSWER, LARGEST_SEARCH, LARGEST_EVENT = 4_500_000, 512_000, 800_000, 2_000_000
#: What a header may have, many times over.
LARGEST_HEADER = 65_536
#: What is priced has 200 samplings at most; growth is looked for beyond that.
LARGEST_USAGE = 65_536

#: What a stage may take. All stages before the call together, once each, may take no more either.
_MOST_SECONDS = 1.0
#: A check that is out of time still has to notice.
_MOST_CHECK_SECONDS = CHECK_SECONDS + 0.3
#: What a person waits for at a terminal takes as long as its size justifies.
_UNTIMED = ("explain", "log entry", "log file", "phrases of a log")

_VERSIONS = ("2023-06-01", API_VERSION_WITHOUT_SAMPLING)


def _policy(switching: str) -> Policy:
    parameters = dict(packaged_rules())
    parameters["routing"] = json.dumps({**json.loads(parameters["routing"]), "switching": switching})
    return compile_policy(parse(parameters), packaged_catalog(), ids_key("fuzz"))


_EFFORT_RULES = (None, EffortRule(at_most="low"), EffortRule(thinking="off"))
_POLICY, _WEIGHING_THE_CACHE = _policy("asked"), _policy("paid_for")


# ---- before the call ------------------------------------------------------------------------------------------------


def _parsing(text: str) -> Work:
    def work() -> None:
        with contextlib.suppress(InvalidRequest):
            fingerprint(json_codec.loads_object(text, verbatim=True))

    return work


def _forms(body: Mapping[str, Any]) -> None:
    """Reads the body by each form."""
    for form in (from_messages_form, from_route_form, from_count_form):
        with contextlib.suppress(InvalidRequest):
            form(body, client="c")


def _of_body(stage: Callable[[Mapping[str, Any]], object]) -> Callable[[str], Work]:
    """A stage that is given a body as it was parsed."""

    def prepare(text: str) -> Work:
        try:
            body = json_codec.loads_object(text, verbatim=True)
        except InvalidRequest:
            return lambda: None
        return lambda: stage(body)

    return prepare


def _of_request(stage: Callable[[RouteRequest], object]) -> Callable[[str], Work]:
    """A stage that is given a request whose form was found right."""

    def prepare(text: str) -> Work:
        try:
            request = from_messages_form(json_codec.loads_object(text, verbatim=True), client="c")
        except InvalidRequest:
            return lambda: None
        return lambda: stage(request)

    return prepare


def _estimate(request: RouteRequest) -> None:
    inventory = take_inventory(request.body)
    estimate_inventory(inventory)
    upper_bound_tokens(inventory)


def _decision(request: RouteRequest) -> None:
    with contextlib.suppress(RouterError):
        decide(_WEIGHING_THE_CACHE, request)


def _adaptation(request: RouteRequest) -> None:
    for limits in _POLICY.limits.values():
        for version in _VERSIONS:
            for rule in _EFFORT_RULES:
                target = Target(limits.model, limits.card, version, without_thinking=True, effort_rule=rule)
                adapt(request.body, target)


def _warm_prompt(request: RouteRequest) -> None:
    warm_prompt(request.body, 1_000)


def _explanation(request: RouteRequest) -> None:
    with contextlib.suppress(RouterError):
        explain(_POLICY, request, datetime(2026, 11, 27, tzinfo=UTC))


def _before_the_call(text: str) -> Work:
    """Everything from the body's text to the attempt's intent, once."""

    def work() -> None:
        with contextlib.suppress(RouterError):
            request = from_messages_form(json_codec.loads_object(text, verbatim=True), client="c")
            decision = decide(_POLICY, request)
            upper_bound_tokens(decision.size.inventory)
            adapt(request.body, Target(decision.model, _POLICY.card(decision.tier)))

    return work


_OF_BODIES: Mapping[str, Callable[[str], Work]] = {
    "parsing": _parsing,
    "forms": _of_body(_forms),
    "estimate": _of_request(_estimate),
    "decision": _of_request(_decision),
    "adaptation": _of_request(_adaptation),
    "explain": _of_request(_explanation),
    "warm prompt": _of_request(_warm_prompt),
    "all before the call": _before_the_call,
}


# ---- after the call -------------------------------------------------------------------------------------------------


def _of_text(spec: Mapping[str, Any]) -> Callable[[str], Work]:
    """A validator, with as much time as all validators of an answer have."""
    validator = build(spec)

    def prepare(text: str) -> Work:
        def work() -> None:
            ends = time.process_time() + CHECK_SECONDS
            with contextlib.suppress(OutOfTime):
                validator.check(text, text, Budget(lambda: ends - time.process_time()))

        return work

    return prepare


def _assembly(delta: Mapping[str, Any]) -> Callable[[str], Work]:
    """An answer that comes a character at a time."""

    def prepare(text: str) -> Work:
        def work() -> None:
            assembly = MessageAssembly()
            assembly.add({"type": "message_start", "message": {"content": []}})
            assembly.add({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
            for _ in text:
                assembly.add({"type": "content_block_delta", "index": 0, "delta": delta})
            assert assembly.message

        return work

    return prepare


def _stream(events: Callable[[int], Iterable[Mapping[str, Any]]], size: int) -> Work:
    all_events = list(events(size))

    def work() -> None:
        assembly = MessageAssembly()
        with contextlib.suppress(Unintelligible):
            for event in all_events:
                assembly.add(event)
        assert assembly.message

    return work


def _pricing(priced: Callable[[int], Priced], size: int) -> Work:
    body, message = priced(size)
    call = PricedCall("claude-haiku-4-5", body, datetime(2026, 11, 27, tzinfo=UTC))
    return lambda: answer_cost(packaged_catalog(), call, message)


_EVENTS: Mapping[str, Callable[[int], Iterable[bytes]]] = {
    "many lines of data": lambda size: [b"data: 1\n" * 1000] * (size // 8000) + [b"\n"],
    "a line of many pieces": lambda size: [b"data: ", *([b"1"] * size), b"\n\n"],
    "many pieces that end in a carriage return": lambda size: [b":\r"] * (size // 2),
    "many empty lines": lambda size: [b"\n" * 1000] * (size // 1000),
    "many comments": lambda size: [b":\n" * 1000] * (size // 2000),
    "many short events": lambda size: [b"data: 1\n\n" * 1000] * (size // 9000),
}


def _events(made: Callable[[int], Iterable[bytes]], size: int) -> Work:
    pieces = made(size)
    return lambda: deque(events_in(pieces), maxlen=0)


# ---- texts elsewhere ------------------------------------------------------------------------------------------------

_PATTERNS = patterns.PatternSet(["find the root cause", "summari*", "a*b*c d*", "漢字* がパ"])


def _json(text: str) -> Work:
    def work() -> None:
        with contextlib.suppress(InvalidRequest):
            json_codec.loads_object(text)
        json_codec.dumps({"text": text})

    return work


def _log_file(text: str) -> Work:
    data = text.encode(errors="surrogatepass")
    return lambda: list(values_in(io.BytesIO(data), data[:4096].lstrip()))


def _log_entries(text: str) -> Work:
    """A body as a log's entry, read and priced."""
    entry = f'{{"request":{text},"response":{{"model":"claude-haiku-4-5","usage":{{"input_tokens":1}}}}}}'
    value = next(iter(values_in(io.BytesIO(entry.encode()), entry[:100].encode())), (1, None))[1]

    def work() -> None:
        audit = Audit(_POLICY)
        if (entry := reading.read_entry(Path("log"), 1, value, FORMATS)) is not None:
            audit.add(entry)
        audit.to_json(examples=True)

    return work


def _log_format(log: Log) -> Callable[[int], Work]:
    """A log file of one form, read to its end."""

    def prepare(size: int) -> Work:
        data = log(size)

        def work() -> None:
            with tempfile.NamedTemporaryFile() as file:
                file.write(data)
                file.flush()
                for _ in reading.read_logs([Path(file.name)]):
                    pass

        return work

    return prepare


_OF_TEXTS: Mapping[str, tuple[Callable[[str], Work], int]] = {
    "JSON": (_json, LARGEST_BODY),
    "patterns": (lambda text: lambda: _PATTERNS.found_in(patterns.fold(text)), LARGEST_SEARCH),
    "log file": (_log_file, LARGEST_BODY),
    "phrases of a log": (lambda text: lambda: phrases_of(text), LARGEST_SEARCH),
    **{stage: (work, LARGEST_HEADER) for stage, work in OF_SHORT_TEXTS.items()},
    **{stage: (work, LARGEST_SEARCH) for stage, work in OF_LONG_TEXTS.items()},
}
_ASSEMBLIES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "text_delta", "text": "a"},
    "thinking": {"type": "thinking_delta", "thinking": "a"},
    "tool input": {"type": "input_json_delta", "partial_json": "1"},
    "citations": {"type": "citations_delta", "citation": {}},
}


# ---- all of them ----------------------------------------------------------------------------------------------------


def _case(stage: str, name: str, made: Text | Body, prepare: Callable[[str], Work], largest: int) -> Case:
    most_seconds = None if stage in _UNTIMED else _MOST_CHECK_SECONDS if stage in TRIALS else _MOST_SECONDS
    return Case(stage, name, lambda size: prepare(made(size)), largest, most_seconds)


def _answer_cases() -> Iterator[Case]:
    for name, delta in _ASSEMBLIES.items():
        yield _case("answer's stream", name, TEXTS["one letter"], _assembly(delta), LARGEST_ANSWER)
    for name, events in STREAMS.items():
        yield Case("answer's stream", name, partial(_stream, events), LARGEST_ANSWER, _MOST_SECONDS)
    for name, priced in PRICED.items():
        yield Case("pricing", name, partial(_pricing, priced), LARGEST_USAGE, _MOST_SECONDS)
    for name, called in ASKED_CALLS.items():
        yield Case("tool calls", name, called, LARGEST_ANSWER, _MOST_CHECK_SECONDS)
    for name, pieces in _EVENTS.items():
        yield Case("Claude's events", name, partial(_events, pieces), LARGEST_EVENT, _MOST_SECONDS)


def cases() -> Iterator[Case]:
    """Every stage with every input."""
    for stage, of_body in {**_OF_BODIES, "log entry": _log_entries}.items():
        for name, body in BODIES.items():
            yield _case(stage, name, body, of_body, LARGEST_BODY)
    for stage, (of_text, largest) in _OF_TEXTS.items():
        for name, text in TEXTS.items():
            yield _case(stage, name, text, of_text, largest)
    for name, log in LOGS.items():
        yield Case("log format", name, _log_format(log), LARGEST_BODY)
    yield from _answer_cases()
    for validator, trial in TRIALS.items():
        for number, spec in enumerate(trial.specs, 1):
            of_answer = _of_text(spec)
            for name, text in {**TEXTS, **trial.texts}.items():
                yield _case(validator, f"{number}, {name}", text, of_answer, LARGEST_ANSWER)
