"""Any body and any model, through the local gateway: counts, lists, presets, overrides, headers, numbers."""

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import anthropic
import boto3
import pytest
from click.testing import CliRunner
from tests.support.document_commands import commands
from tests.support.preset_in_force import in_force
from tests.support.presets import Preset
from tests.support.samples import SPAM

from devtools.claude_standin import models as standin_models
from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions
from model_router.adapters.claude import AnthropicClaude
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.calls.ports import CallFailed, ClaudeCall
from model_router.domain.json_codec import loads_object
from router_cli import rule_sets
from router_cli.main import main

pytestmark = pytest.mark.local
ASKED = {"role": "user", "content": SPAM}
MESSAGE = {"model": "auto", "max_tokens": 100, "messages": [ASKED]}
LOOK = {"name": "look", "input_schema": {"type": "object"}}
HAIKU = "claude-haiku-4-5-20251001"


@pytest.fixture(scope="module")
def stack(standin: StandIn) -> Iterator[LocalStack]:
    options = StackOptions(workers=1, warm=1, claude_url=standin.url, environment={"RULES_CACHE_SECONDS": "0"})
    with LocalStack(options) as running:
        yield running


@pytest.fixture
def preset_in_force(stack: LocalStack, preset: Preset) -> Iterator[Preset]:
    with in_force(stack, preset):
        yield preset


@pytest.fixture(autouse=True)
def _clean(stack: LocalStack, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    standin.reset()
    for name, value in {
        "AWS_ENDPOINT_URL": stack.aws_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


def call(stack: LocalStack, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    sent = {"x-api-key": "local", "content-type": "application/json", **headers}
    connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), sent)
    answer = connection.getresponse()
    told = json.loads(answer.read(), parse_float=Decimal)
    connection.close()
    return answer.status, told, {name.lower(): value for name, value in answer.getheaders()}


def router(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def rules_path(stack: LocalStack) -> str:
    return stack.environment()["RULES_PATH"]


def test_tokens_are_counted_on_the_tier_that_auto_would_choose(
    stack: LocalStack, standin: StandIn, preset_in_force: Preset
) -> None:
    status, told, headers = call(stack, "/v1/messages/count_tokens", {"model": "auto", "messages": [ASKED]})
    assert (status, list(told), headers["x-router-tier"]) == (200, ["input_tokens"], "haiku")
    assert told["input_tokens"] > 10
    assert standin.billed() == []
    assert standin.requests()[-1]["model"] == headers["x-router-model"] == preset_in_force.model("haiku")


def test_a_count_of_nothing_is_refused_in_anthropics_shape(stack: LocalStack) -> None:
    status, told, _ = call(stack, "/v1/messages/count_tokens", {"model": "auto", "messages": []})
    assert (status, told["error"]["type"]) == (400, "invalid_request_error")


def test_models_are_listed_without_a_call(stack: LocalStack, standin: StandIn) -> None:
    status, told, _ = call(stack, "/v1/models?limit=5")
    ids = [model["id"] for model in told["data"]]
    assert (status, ids) == (200, ["auto", "claude-auto", "haiku", "sonnet", "opus"])
    assert told["has_more"] is True
    status, told, _ = call(stack, "/v1/models/claude-opus-4-7")
    assert (status, told["type"], told["max_tokens"]) == (200, "model", 128_000)
    status, told, _ = call(stack, "/v1/models/gpt-9")
    assert (status, told["error"]["type"]) == (404, "not_found_error")
    assert standin.requests() == []


def test_the_sdk_counts_and_lists_unchanged(stack: LocalStack) -> None:
    with anthropic.Anthropic(base_url=stack.url, api_key="local") as sdk:
        asked: Any = [ASKED]
        assert sdk.messages.count_tokens(model="auto", messages=asked).input_tokens > 10
        listed = list(sdk.models.list(limit=5))
        assert [model.id for model in listed][:5] == ["auto", "claude-auto", "haiku", "sonnet", "opus"]
        assert len(listed) == 5 + len(packaged_catalog().served(datetime.now(UTC).date()))
        told = sdk.models.retrieve("claude-haiku-4-5")
        assert (told.id, told.max_input_tokens, told.created_at.year) == (HAIKU, 200_000, 2025)
        assert told.capabilities is not None
        assert told.capabilities.thinking.types.enabled.supported
        with pytest.raises(anthropic.NotFoundError):
            sdk.models.retrieve("gpt-9")


def test_thinking_that_claude_refuses_is_sorted_out_before_the_caller_hears_of_it(
    stack: LocalStack, preset_in_force: Preset
) -> None:
    foreign = {"type": "thinking", "thinking": "Hm.", "signature": "not-claudes"}
    answer = {"role": "assistant", "content": [foreign, {"type": "text", "text": "SPAM"}]}
    status, told, _ = call(stack, "/v1/messages", {**MESSAGE, "messages": [ASKED, answer, ASKED]})
    assert status == 200, told
    assert "sent again without it" in told["router"]["reason"]
    assert [attempt["cost_state"] for attempt in told["router"]["attempts"]] == ["free", "known"]


@pytest.mark.parametrize(
    "fields",
    [
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}},
        {"thinking": {"type": "disabled"}, "temperature": 0.2, "top_p": 0.5},
        {"tools": [LOOK], "tool_choice": {"type": "tool", "name": "look"}},
        {"messages": [ASKED, {"role": "assistant", "content": "The label is"}]},
    ],
    ids=["budget", "adaptive", "sampling", "forced tool", "prefill"],
)
def test_what_some_models_refuse_goes_through_the_sdk_to_every_tier(
    stack: LocalStack, preset_in_force: Preset, fields: dict[str, Any]
) -> None:
    turns: Any = [ASKED]
    with anthropic.Anthropic(base_url=stack.url, api_key="local", max_retries=0) as sdk:
        for task, tier in (("classification", "haiku"), ("summarization", "sonnet"), ("security-audit", "opus")):
            told: Any = sdk.messages.create(
                model="auto", max_tokens=2000, messages=turns, extra_body={**fields, "router": {"task": task}}
            )
            assert (told.router["tier"], told.model) == (tier, preset_in_force.model(tier))
            assert [attempt["error"] for attempt in told.router["attempts"]] == [None]


def test_the_callers_version_and_betas_go_upstream(stack: LocalStack, standin: StandIn) -> None:
    status, told, _ = call(
        stack, "/v1/messages", {**MESSAGE, "temperature": 0.5}, **{"anthropic-version": "2026-10-21"}
    )
    assert (status, standin.requests()[-1]["version"]) == (200, "2026-10-21")
    assert told["router"]["adaptations"] == [
        "temperature dropped: API version 2026-10-21 does not accept sampling parameters"
    ]
    call(stack, "/v1/route", {"prompt": SPAM})
    assert standin.requests()[-1]["version"] == "2023-06-01"


def test_a_preset_is_one_command_away_and_so_is_the_way_back(stack: LocalStack) -> None:
    path = rules_path(stack)
    assert "1 parameter(s) changed" in router("preset", "current", "--path", path, "--yes")
    status, told, _ = call(stack, "/v1/messages", MESSAGE)
    assert (status, told["model"], told["router"]["tier"]) == (200, "claude-haiku-5-5", "haiku")
    router("preset", "default", "--path", path, "--yes")
    assert call(stack, "/v1/messages", MESSAGE)[1]["model"] == HAIKU


def test_a_preset_keeps_the_operators_own_rules_and_baseline(stack: LocalStack) -> None:
    ssm, path = boto3.client("ssm"), rules_path(stack)
    tiers = json.loads(ssm.get_parameter(Name=f"{path}tiers")["Parameter"]["Value"])
    own = {"tier": "opus", "patterns": ["quarterly figures"]}
    ssm.put_parameter(Name=f"{path}tasks/figures", Type="String", Value=json.dumps(own))
    ssm.put_parameter(Name=f"{path}tiers", Value=json.dumps({**tiers, "baseline": "sonnet"}), Overwrite=True)
    router("preset", "current", "--path", path, "--yes")
    kept = {name: ssm.get_parameter(Name=f"{path}{name}")["Parameter"]["Value"] for name in ("tasks/figures", "tiers")}
    assert json.loads(kept["tasks/figures"]) == own
    assert json.loads(kept["tiers"])["baseline"] == "sonnet"
    router("rules", "push", str(PROJECT / "rules" / "default"), "--path", path, "--yes")


def test_an_unknown_preset_is_refused_with_a_list_of_the_presets(stack: LocalStack) -> None:
    result = CliRunner().invoke(main, ["preset", "gold", "--path", rules_path(stack), "--yes"])
    assert result.exit_code == 1
    assert "Presets: current, default" in result.output


def test_a_models_card_in_ssm_overrides_the_catalog_without_a_deployment(stack: LocalStack) -> None:
    path = rules_path(stack)
    card = json.loads(packaged_catalog().card(HAIKU).model_dump_json(by_alias=True))
    card["prices"][0]["bands"][0] |= {"input": "7", "output": "70"}
    parameters = {**rule_sets.read(PROJECT / "rules" / "default"), f"models/{HAIKU}": json.dumps(card)}
    ssm = boto3.client("ssm")
    for name in (f"models/{HAIKU}", "manifest"):
        value = rule_sets.manifest(parameters) if name == "manifest" else parameters[name]
        ssm.put_parameter(Name=path + name, Type="String", Value=value, Overwrite=True)
    status, told, _ = call(stack, "/v1/messages", MESSAGE)
    usage = told["usage"]
    spent = (usage["input_tokens"] * 7 + usage["output_tokens"] * 70) / Decimal(1_000_000)
    assert (status, told["router"]["cost_usd"]) == (200, spent)
    router("rules", "push", str(PROJECT / "rules" / "default"), "--path", path, "--yes")


def test_a_model_that_the_catalog_lacks_is_answered_and_a_parameter_gives_it_its_price(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(standin_models._BY_NAME, "claude-opus-9", standin_models.find("claude-opus-4-7"))
    asked = {**MESSAGE, "model": "claude-opus-9"}
    status, told, headers = call(stack, "/v1/messages", asked)
    assert (status, headers["x-router-tier"], headers["x-router-model"]) == (200, "unlisted", "claude-opus-9")
    assert "rules parameter models/claude-opus-9" in told["router"]["reason"]
    status, record, _ = call(stack, f"/v1/requests/{told['router']['request_id']}")
    assert (status, record["arm"], record["cost_usd"], record["attempts"][0]["cost_state"]) == (
        200, "pinned", 0, "unknown",
    )  # fmt: skip
    assert record["cost_max_usd"] > 0

    path = rules_path(stack)
    prices = {"input": "7", "output": "70", "cache_write_5m": "8.75", "cache_write_1h": "14", "cache_read": "0.70"}
    card = {"like": "claude-opus-4-8", "prices": [{"bands": [prices]}]}
    boto3.client("ssm").put_parameter(Name=f"{path}models/claude-opus-9", Type="String", Value=json.dumps(card))
    status, told, headers = call(stack, "/v1/messages", asked)
    usage = told["usage"]
    spent = (usage["input_tokens"] * 7 + usage["output_tokens"] * 70) / Decimal(1_000_000)
    assert (told["router"]["cost_usd"], told["router"]["attempts"][0]["cost_state"]) == (spent, "known")
    assert (headers["x-router-tier"], Decimal(headers["x-router-cost-usd"])) == ("other", spent)
    router("rules", "push", str(PROJECT / "rules" / "default"), "--path", path, "--yes")


def test_claudes_404_for_an_unknown_model_reaches_the_caller_unbilled(stack: LocalStack, standin: StandIn) -> None:
    status, told, _ = call(stack, "/v1/messages", {**MESSAGE, "model": "claude-none-1"})
    assert (status, told["error"]) == (404, {"type": "not_found_error", "message": "model: claude-none-1"})
    asked = {"model": "claude-none-1", "messages": [ASKED]}
    status, told, _ = call(stack, "/v1/messages/count_tokens", asked)
    assert (status, told["error"]["message"]) == (404, "model: claude-none-1")
    assert standin.billed() == []


def test_the_client_of_the_page_on_fixed_names_is_routed_and_compared_with_the_model_that_it_names(
    stack: LocalStack, standin: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [program] = [each.text for each in commands() if each.document == "docs/fixed-model-names.md" and each.python]
    program = program.replace("http://127.0.0.1:8080", stack.url)
    path = rules_path(stack)
    exec(program, {})
    assert capsys.readouterr().out.split()[:2] == ["claude-opus-4-7", "opus"]
    routing = json.loads(rule_sets.read(PROJECT / "rules" / "default")["routing"])
    value = json.dumps({**routing, "route_models": ["claude-opus-*"]})
    boto3.client("ssm").put_parameter(Name=f"{path}routing", Type="String", Value=value, Overwrite=True)
    exec(program, {})
    model, tier, cost, baseline = capsys.readouterr().out.split()
    assert (model, tier) == (HAIKU, "haiku")
    assert Decimal(baseline) == 5 * Decimal(cost)  # of Opus 4.7, at five times the price of each kind of token
    assert standin.requests()[-1]["model"] == HAIKU
    router("rules", "push", str(PROJECT / "rules" / "default"), "--path", path, "--yes")


class Recorder(BaseHTTPRequestHandler):
    """Keeps what arrives, byte for byte, and refuses it."""

    arrived: tuple[bytes, dict[str, str]] = (b"", {})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        Recorder.arrived = raw, {name.lower(): value for name, value in self.headers.items()}
        told = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}).encode()
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.send_header("anthropic-new-thing", "told")
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


class Key:
    def __call__(self, seconds: float) -> str:
        return "sk-test"

    def forget(self) -> None:
        """There is no other."""


def test_a_body_goes_upstream_with_its_unknown_fields_and_its_numbers_as_they_were_written() -> None:
    text = '{"model":"m","x_new":{"n":[1e400,0.10000000000000000001,1.50,-0.0,12345678901234567890]},"ü":"\\u0000é"}'
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    claude = AnthropicClaude(Key(), f"http://127.0.0.1:{server.server_port}")
    headers = {"anthropic-version": "2026-10-21", "anthropic-beta": "a,b"}
    sent = ClaudeCall(loads_object(text, verbatim=True), "a-1", headers, 5, lambda: None)
    with pytest.raises(CallFailed) as refused, claude.stream(sent):
        pass
    raw, arrived = Recorder.arrived
    assert raw.decode() == f'{text[:-1]},"stream":true}}'
    assert {name: arrived[name] for name in headers} == headers
    assert refused.value.headers["anthropic-new-thing"] == "told"
    claude.close()
    server.shutdown()
    server.server_close()
