"""RouterFunction behind the local gateway and the local Lambda: what a caller sees."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.gateway_client import call, invoke
from tests.support.preset_in_force import in_force
from tests.support.presets import Each, Preset
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.adapters.packaged import packaged_catalog

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("fresh_standin")]
LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
MESSAGE = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": SPAM}]}


@pytest.fixture(scope="module")
def stack(standin: StandIn) -> Iterator[LocalStack]:
    options = StackOptions(workers=2, warm=1, claude_url=standin.url, environment={"RULES_CACHE_SECONDS": "0"})
    with LocalStack(options) as running:
        yield running


@pytest.fixture
def preset_in_force(stack: LocalStack, preset: Preset) -> Iterator[Preset]:
    with in_force(stack, preset):
        yield preset


def test_the_articles_example_is_answered_by_haiku_at_exactly_its_price(
    stack: LocalStack, standin: StandIn, preset_in_force: Preset
) -> None:
    told = call(stack, "POST", "/v1/route", {"prompt": SPAM, "validators": LABELS})
    assert told.status == 200
    result = told.json
    assert (result["tier"], result["task"], result["validated"]) == ("haiku", "classification", True)
    assert result["model"] == preset_in_force.model("haiku")
    price_in, price_out = preset_in_force.of(Each((1, 5), (Decimal("0.10"), Decimal("0.50"))))
    spent = result["input_tokens"] * price_in + result["output_tokens"] * price_out
    assert result["cost_usd"] == spent / Decimal(10**6)
    assert Decimal(standin.billed()[0]["cost_usd"]) == result["cost_usd"]
    assert told.headers["x-router-tier"] == "haiku"
    assert Decimal(told.headers["x-router-cost-usd"]) == result["cost_usd"]
    assert told.headers["request-id"] == result["request_id"]


def test_a_failed_check_escalates_and_the_ledger_holds_both_attempts(
    stack: LocalStack, standin: StandIn, preset_in_force: Preset
) -> None:
    standin.inject(answer="I would say that it is spam.", model="haiku")
    result = call(stack, "POST", "/v1/route", {"prompt": SPAM, "validators": LABELS}).json
    assert (result["tier"], result["was_escalated"], result["validated"]) == ("sonnet", True, True)
    record = call(stack, "GET", f"/v1/requests/{result['request_id']}").json
    asked = [(attempt["tier"], attempt["model"]) for attempt in record["attempts"]]
    assert asked == [(tier, preset_in_force.model(tier)) for tier in ("haiku", "sonnet")]
    assert record["status"] == "settled"
    assert record["cost_usd"] == result["cost_usd"] == sum(attempt["cost_usd"] for attempt in record["attempts"])
    assert sum(Decimal(billed["cost_usd"]) for billed in standin.billed()) == record["cost_usd"]
    assert "I would say" not in json.dumps(record, default=str)
    assert record["simulated"] is True


def test_the_messages_api_answers_as_anthropics_with_a_router_object(
    stack: LocalStack, preset_in_force: Preset
) -> None:
    told = call(stack, "POST", "/v1/messages", MESSAGE, anthropic_version="2023-06-01")
    assert told.status == 200
    assert {"id", "type", "role", "model", "content", "stop_reason", "usage", "router"} <= set(told.json)
    assert (told.json["router"]["tier"], told.json["model"]) == ("haiku", preset_in_force.model("haiku"))
    assert "content" not in told.json["router"]


def test_a_bearer_token_is_a_key_as_well(stack: LocalStack) -> None:
    assert call(stack, "POST", "/v1/messages", MESSAGE, key=None, authorization="Bearer k").status == 200


def test_a_header_names_the_task(stack: LocalStack, preset_in_force: Preset) -> None:
    told = call(stack, "POST", "/v1/messages", MESSAGE, x_router_task="security-audit")
    assert (told.json["router"]["tier"], told.json["model"]) == ("opus", preset_in_force.model("opus"))


@pytest.mark.parametrize(("path", "without"), [("/v1/messages", ""), ("/v1/messages/count_tokens", "max_tokens")])
def test_headers_limit_the_tier(stack: LocalStack, path: str, without: str) -> None:
    body = {name: value for name, value in MESSAGE.items() if name != without}
    told = call(stack, "POST", path, body, x_router_min_tier="sonnet", x_router_max_tier="sonnet")
    assert told.status == 200, told.json
    assert told.headers["x-router-tier"] == "sonnet"
    misspelt = call(stack, "POST", path, body, x_router_maxtier="sonnet")
    assert misspelt.error == (400, "invalid_request_error")
    assert "x-router-max-tier" in misspelt.json["error"]["message"]


def test_a_dry_run_answers_with_the_decision_on_either_route(
    stack: LocalStack, standin: StandIn, preset_in_force: Preset
) -> None:
    plain = call(stack, "POST", "/v1/route", {"prompt": SPAM, "dry_run": True}).json
    message = call(stack, "POST", "/v1/messages", {**MESSAGE, "router": {"dry_run": True}}).json
    for told in (plain, message):
        assert (told["tier"], told["content"], told["attempts"]) == ("haiku", None, [])
        assert told["model"] == preset_in_force.model("haiku")
        assert told["cost_usd"] > 0
    assert standin.requests() == []


def test_health_needs_no_key_and_makes_no_call(stack: LocalStack, standin: StandIn) -> None:
    told = call(stack, "GET", "/v1/health", key=None)
    assert (told.status, told.json["status"]) == (200, "ok")
    assert told.json["catalog_date"] == packaged_catalog().date.isoformat()
    assert standin.requests() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "error", "said"),
    [
        ("POST", "/v1/route", None, (400, "invalid_request_error"), "has no body"),
        ("POST", "/v1/route", "{", (400, "invalid_request_error"), "not valid JSON"),
        ("POST", "/v1/route", "[]", (400, "invalid_request_error"), "not an array"),
        ("POST", "/v1/route", {"prompt": ""}, (400, "invalid_request_error"), "prompt: must not be empty"),
        ("POST", "/v1/route", {"prompt": 1}, (400, "invalid_request_error"), "prompt: must be a string"),
        ("POST", "/v1/route", {"prompt": "x", "task": "nope"}, (400, "invalid_request_error"), "'nope'"),
        (
            "POST",
            "/v1/route",
            {"prompt": "x", "min_tier": "gold"},
            (400, "invalid_request_error"),
            "haiku, sonnet, opus",
        ),
        (
            "POST",
            "/v1/route",
            {"prompt": "x", "validators": [{"type": "no"}]},
            (400, "invalid_request_error"),
            "validators[0]",
        ),
        ("POST", "/v1/route", {"prompt": "x", "max_tokens": 200_000}, (400, "invalid_request_error"), "largest limit"),
        ("POST", "/v1/messages", {**MESSAGE, "model": "gpt"}, (404, "not_found_error"), "model: gpt"),
        ("POST", "/v1/messages", {"model": "auto"}, (400, "invalid_request_error"), "messages: is required"),
        (
            "GET",
            "/v1/requests/req_01M83QQPE4TP4CT7M960PW9944",
            None,
            (404, "not_found_error"),
            "No request of yours has this id",
        ),
        ("GET", "/v1/requests/x", None, (404, "not_found_error"), "No request of yours has this id"),
        ("POST", "/v1/complete", {}, (404, "not_found_error"), "/v1/complete is not served here"),
        ("DELETE", "/v1/messages", None, (404, "not_found_error"), "no such endpoint"),
    ],
)
def test_bad_requests_get_an_error_in_anthropics_shape_that_says_what_to_do(
    stack: LocalStack, method: str, path: str, body: object, error: tuple[int, str], said: str
) -> None:
    told = call(stack, method, path, body)
    assert told.error == error
    assert said in told.json["error"]["message"]
    assert told.headers["x-should-retry"] == "false"
    assert told.headers["request-id"] == told.json["request_id"]


def test_a_body_that_is_too_large_is_refused(stack: LocalStack) -> None:
    told = call(stack, "POST", "/v1/route", {"prompt": "x" * 4_600_000})
    assert told.error == (413, "request_too_large")


def test_no_key_is_a_401_in_anthropics_shape(stack: LocalStack) -> None:
    assert call(stack, "POST", "/v1/route", {"prompt": "x"}, key=None).error == (401, "authentication_error")


@pytest.mark.parametrize(
    ("step", "error", "retry"),
    [
        ({"status": 529, "times": 0}, (529, "overloaded_error"), None),
        ({"status": 429, "times": 0, "retry_after": 3}, (429, "rate_limit_error"), None),
        ({"status": 500, "times": 0}, (500, "api_error"), None),
        ({"status": 400, "times": 0}, (400, "invalid_request_error"), "false"),
        ({"status": 401, "times": 0}, (502, "api_error"), None),
        ({"garbage": True, "times": 0}, (502, "api_error"), "false"),
        ({"cut": 1, "times": 0}, (502, "api_error"), "false"),
        ({"reset": True, "times": 0}, (502, "api_error"), "false"),
    ],
)
def test_claudes_failures_reach_the_caller_shaped_and_are_on_record(
    stack: LocalStack, standin: StandIn, step: dict[str, Any], error: tuple[int, str], retry: str | None
) -> None:
    standin.inject(**step)
    told = call(stack, "POST", "/v1/route", {"prompt": SPAM})
    assert told.error == error
    assert told.headers.get("x-should-retry") == retry
    if step.get("retry_after"):
        assert told.headers["retry-after"] == "3"
    record = call(stack, "GET", f"/v1/requests/{told.json['request_id']}").json
    assert record["status"] == "settled"
    assert all(attempt["error"] for attempt in record["attempts"])
    assert record["cost_max_usd"] >= sum(Decimal(billed["cost_usd"]) for billed in standin.billed())


def test_a_change_of_the_rules_takes_effect_without_a_deployment(stack: LocalStack) -> None:
    ssm = stack.client("ssm")
    name = stack.environment()["RULES_PATH"] + "tasks/translation"
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    prompt = {"prompt": "Translate this", "dry_run": True}
    assert call(stack, "POST", "/v1/route", prompt).json["tier"] == "sonnet"
    ssm.put_parameter(Name=name, Value=json.dumps({**json.loads(before), "tier": "opus"}), Overwrite=True)
    try:
        # Within the polls after which a worker reads the whole set again, and for each of the two workers.
        tiers = [call(stack, "POST", "/v1/route", prompt).json["tier"] for _ in range(30)]
        assert tiers[-1] == "opus"
    finally:
        ssm.put_parameter(Name=name, Value=before, Overwrite=True)


def test_an_invocation_takes_the_same_bodies_and_names_its_client(stack: LocalStack, preset_in_force: Preset) -> None:
    result, failed = invoke(stack, {"prompt": SPAM, "client": "nightly", "validators": LABELS})
    assert failed is None
    assert (result["tier"], result["model"]) == ("haiku", preset_in_force.model("haiku"))
    assert result["validated"] is True
    message, failed = invoke(stack, MESSAGE)
    assert failed is None
    assert message["router"]["tier"] == "haiku"
    assert call(stack, "GET", f"/v1/requests/{result['request_id']}").status == 404


@pytest.mark.parametrize(
    ("payload", "step", "name"),
    [
        ({"prompt": ""}, None, "InvalidRequest"),
        ([], None, "InvalidRequest"),
        ({"prompt": "x", "client": 5}, None, "InvalidRequest"),
        ({**MESSAGE, "model": "gpt"}, None, "InvalidRequest"),
        ({"prompt": "x"}, {"status": 429}, "RateLimited"),
        ({"prompt": "x"}, {"status": 529}, "Overloaded"),
        ({"prompt": "x"}, {"status": 500}, "UpstreamError"),
        ({"prompt": "x"}, {"reset": True}, "UpstreamError"),
    ],
)
def test_an_invocation_raises_the_error_that_a_state_machine_can_name(
    stack: LocalStack, standin: StandIn, payload: object, step: dict[str, Any] | None, name: str
) -> None:
    if step:
        standin.inject(**step, times=0)
    answer, failed = invoke(stack, payload)
    assert failed
    assert answer["errorType"] == name
    assert answer["errorMessage"]


def test_nothing_that_the_function_wrote_holds_a_prompt_an_answer_or_a_key(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(answer="the answer zebra-words", times=0)
    call(
        stack,
        "POST",
        "/v1/route",
        {"prompt": "Classify: the prompt giraffe-words", "validators": LABELS},
        key="key-lion",
    )
    call(stack, "POST", "/v1/route", {"prompt": "giraffe-words", "task": "giraffe-words"}, key="key-lion")
    items = json.dumps(stack.client("dynamodb").scan(TableName=stack.environment()["LEDGER_TABLE"])["Items"])
    written = stack.log_text() + items
    assert "request settled" in written
    for secret in ("giraffe-words", "zebra-words", "key-lion"):
        assert secret not in written
