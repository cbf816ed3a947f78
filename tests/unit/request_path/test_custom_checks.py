"""Validators that call a Lambda function: the call, failures, and that requests cannot name functions."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, plain

from model_router.adapters.aws.lambda_checks import LambdaChecks
from model_router.domain.answers.judgement import judge
from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.validators import InvalidValidator, build, build_all
from model_router.domain.validators.ports import CheckUnavailable

FUNCTION = "router-validator-spam"
CHECK = {"type": "lambda", "function": FUNCTION}


class FakeFunctions:
    """Answers calls in order, the last one for ever; what is a string is why there is no answer."""

    def __init__(self, *replies: object) -> None:
        self._replies = list(replies)
        self.calls: list[tuple[str, Mapping[str, str], float]] = []

    def call(self, function: str, payload: Mapping[str, str], timeout_seconds: float) -> object:
        self.calls.append((function, payload, timeout_seconds))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, str):
            raise CheckUnavailable(reply)
        return reply


class Stand:
    """The service among fakes, its classification task checked by a function."""

    def __init__(self, preset: Preset, functions: FakeFunctions, *replies: Reply, **fields: object) -> None:
        self.functions = functions
        self.clock, self.telemetry, self.ledger = FakeClock(), FakeTelemetry(), FakeLedger()
        rules = fake_rules(
            preset.parameters(tasks__classification={"validators": [{**CHECK, **fields}]}), self.telemetry, self.clock
        )
        self.service = route_service(
            rules,
            FakeClaude(self.clock, *replies),
            self.ledger,
            self.telemetry,
            self.clock,
            functions=functions,
        )

    def route(self, seconds: float = 27) -> Any:
        return self.service.route(plain(SPAM), seconds)

    def codes(self) -> list[list[tuple[str, bool | None, str]]]:
        attempts = self.ledger.writes[-1][1].attempts
        return [[(note.type, note.passed, note.code) for note in attempt.validations] for attempt in attempts]


def test_a_refused_answer_escalates_and_the_function_sees_answer_task_and_source(preset: Preset) -> None:
    functions = FakeFunctions({"passed": False, "code": "no_label", "message": "not a label"}, {"passed": True})
    stand = Stand(preset, functions, Reply("perhaps"), Reply("SPAM"))
    routed = stand.route()
    assert (routed.tier, routed.validated, routed.was_escalated) == ("sonnet", True, True)
    assert stand.codes() == [[("lambda", False, "no_label")], [("lambda", True, "ok")]]
    name, payload, seconds = functions.calls[0]
    assert (name, seconds) == (FUNCTION, 2.0)
    assert payload == {"answer": "perhaps", "task": "classification", "source": SPAM}
    assert "not a label" not in str(stand.ledger.writes[-1][1].to_json())


def test_a_source_that_must_not_be_sent_is_not_sent(preset: Preset) -> None:
    stand = Stand(preset, FakeFunctions({"passed": True}), send_source=False)
    stand.route()
    assert set(stand.functions.calls[0][1]) == {"answer", "task"}


def test_an_unreachable_function_passes_by_default_and_the_answer_counts_as_unchecked(
    preset: Preset,
) -> None:
    stand = Stand(preset, FakeFunctions("it ended in an error"))
    routed = stand.route()
    assert (routed.tier, routed.validated, routed.was_escalated) == ("haiku", None, False)
    assert stand.codes() == [[]]
    assert stand.telemetry.named("ValidatorUnavailable") == [
        {"function": FUNCTION, "task": "classification", "why": "it ended in an error"}
    ]


def test_with_on_failure_fail_an_unreachable_function_fails_the_check(preset: Preset) -> None:
    stand = Stand(preset, FakeFunctions("it did not answer within 2.0 seconds", {"passed": True}), on_failure="fail")
    routed = stand.route()
    assert (routed.tier, routed.was_escalated) == ("sonnet", True)
    assert stand.codes()[0] == [("lambda", False, "unavailable")]


@pytest.mark.parametrize("reply", [None, [], "x", {"ok": True}, {"passed": "yes"}, {"passed": 1}])
def test_a_reply_of_another_form_counts_as_no_reply(preset: Preset, reply: object) -> None:
    stand = Stand(preset, FakeFunctions(reply))
    assert stand.route().validated is None
    assert len(stand.telemetry.named("ValidatorUnavailable")) == 1


def test_a_function_gets_the_time_left_and_is_not_called_without_time(preset: Preset) -> None:
    stand = Stand(preset, FakeFunctions({"passed": True}), Reply("SPAM", seconds=3))
    stand.route(seconds=4.5)
    assert stand.functions.calls[0][2] == pytest.approx(1.0)
    late = Stand(preset, FakeFunctions({"passed": True}), Reply("SPAM", seconds=4.2))
    assert late.route(seconds=4.5).validated is None
    assert late.functions.calls == []


@pytest.mark.parametrize(
    ("code", "kept"),
    [("no_label", "no_label"), (None, "refused"), ("ok", "refused"), ("The answer", "refused"), ("a" * 41, "refused")],
)
def test_only_a_slug_reaches_the_ledger_as_a_code(preset: Preset, code: object, kept: str) -> None:
    stand = Stand(preset, FakeFunctions({"passed": False, "code": code}, {"passed": True}))
    stand.route()
    assert stand.codes()[0] == [("lambda", False, kept)]


def test_a_request_that_names_a_function_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"validators\[1\].type: lambda is allowed in rules only"):
        plain(SPAM, validators=[{"type": "json"}, CHECK])
    body = {"model": "auto", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    with pytest.raises(InvalidRequest, match="lambda is allowed in rules only"):
        from_messages_form({**body, "router": {"validators": [CHECK]}}, client="c")


@pytest.mark.parametrize(
    "fields",
    [
        {"function": "arn:aws:lambda:eu-west-1:1:function:x"},
        {"function": "a/b"},
        {"function": ""},
        {"timeout_seconds": 0},
        {"timeout_seconds": 61},
        {"on_failure": "ignore"},
    ],
)
def test_rules_name_a_function_by_its_name_with_sane_limits(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidValidator):
        build({**CHECK, **fields})


def test_a_failure_escalates_unless_a_cut_explains_it() -> None:
    cut = {"stop_reason": "max_tokens", "content": [{"type": "text", "text": "2 + 2 = 5, so (1"}]}
    explained = [
        {"type": "code_parses", "language": "python"},
        {"type": "citations"},
        {"type": "like_example", "example": '{"a": 1}'},
        {"type": "sql_parses"},
    ]
    assert [judge(cut, build_all([spec]), (), "").failed for spec in explained] == [False] * 4
    assert judge(cut, build_all([{"type": "arithmetic"}]), (), "").failed


def test_an_unchecked_answer_is_neither_validated_nor_recorded_as_checked() -> None:
    message = {"stop_reason": "end_turn", "content": [{"type": "text", "text": "42"}]}
    judgement = judge(message, build_all([{"type": "arithmetic"}, {"type": "language", "languages": ["en"]}]), (), "")
    assert (judgement.validated, judgement.failed, judgement.codes()) == (None, False, ())


class _Client:
    """Refuses every call, once `answers` is set."""

    def __init__(self) -> None:
        self.answers = threading.Event()

    def invoke(self, **call: object) -> dict[str, object]:
        self.answers.wait(30)
        raise OSError("refused")


def test_the_adapter_gives_up_when_the_time_is_over_and_says_why() -> None:
    client = _Client()
    hanging: Any = LambdaChecks(lambda: client)  # type: ignore[arg-type,return-value]
    with pytest.raises(CheckUnavailable, match=r"did not answer within 0\.1 seconds"):
        hanging.call(FUNCTION, {"answer": "a"}, 0.1)
    client.answers.set()
    broken: Any = LambdaChecks(lambda: client)  # type: ignore[arg-type,return-value]
    with pytest.raises(CheckUnavailable, match="could not be reached: OSError"):
        broken.call(FUNCTION, {"answer": "a"}, 5)
    with pytest.raises(CheckUnavailable, match="over 6 MB"):
        broken.call(FUNCTION, {"answer": "a" * 7_000_000}, 5)
