"""Applications from the request to the command line: what each program cost, and the rule that names it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from tests.support.gateway_client import call

from devtools.local_stack.stack import LocalStack
from model_router.domain.routing.application_rules import ApplicationRule
from router_cli.main import main

pytestmark = pytest.mark.local
APP = "app_00000000000000ee"
SYSTEM = "You name the genre of a song. Reply with one word.\n\nUser: {}\nToday: {}"


@pytest.fixture(autouse=True)
def _aws(shared_stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", shared_stack.aws_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def router(shared_stack: LocalStack) -> Callable[..., Result]:
    variables = shared_stack.environment("WeeklyReportFunction")
    rules = shared_stack.environment()["RULES_PATH"]
    read = ["--table", variables["LEDGER_TABLE"], "--bucket", variables["REPORTS_BUCKET"], "--path", rules]

    def run(*arguments: str) -> Result:
        options = read if arguments[0] in ("list", "show") else ["--path", "/apps/rules/"]
        return CliRunner().invoke(main, ["apps", *arguments, *options])

    return run


def send(stack: LocalStack, prompt: str, user: str, day: str) -> dict[str, Any]:
    answer = call(stack, "POST", "/v1/route", {"prompt": prompt, "system": SYSTEM.format(user, day), "max_tokens": 20})
    assert answer.status == 200, answer
    sent: dict[str, Any] = answer.json
    return sent


def test_the_requests_of_a_program_are_counted_together(
    shared_stack: LocalStack, router: Callable[..., Result]
) -> None:
    answers = [
        send(shared_stack, "Take Five", "mlopez", "27 November 2026"),
        send(shared_stack, "So What", "Søren Åberg", "2026-11-28"),
    ]
    application = answers[0]["application"]
    assert {answer["application"] for answer in answers} == {application}
    record = call(shared_stack, "GET", f"/v1/requests/{answers[0]['request_id']}").json
    assert record["application"] == application
    today = f"{datetime.now(UTC).date()}"
    listed = router("list", "--day", today, "--limit", "1000", "--json")
    rows = {row["application"]: row for row in json.loads(listed.output, parse_float=Decimal)["applications"]}
    own = rows[application]
    assert (own["name"], own["client"], own["requests"]) == (None, "local", 2)
    assert own["cost_usd"] == sum(Decimal(str(answer["cost_usd"])) for answer in answers)
    assert application in router("list", "--day", today, "--limit", "1000").output
    shown = router("show", application, "--day", today, "--json")
    found = json.loads(shown.output, parse_float=Decimal)
    assert {name: found[name] for name in own} == own
    assert (found["rule"], sum(tier["requests"] for tier in found["by_tier"].values())) == (None, 2)
    assert "Rule      none" in router("show", application, "--day", today).output


def test_an_explanation_for_the_stack_has_the_id_of_the_answer(shared_stack: LocalStack) -> None:
    answer = send(shared_stack, "Blue in Green", "Tom", "1 May 2026")
    asked = ["explain", "All Blues", "--system", SYSTEM.format("Mei Nguyen", "2. Mai 2027"), "--json"]
    explained = CliRunner().invoke(main, [*asked, "--stack", "model-router"])
    assert json.loads(explained.output)["application"] == answer["application"]
    assert json.loads(CliRunner().invoke(main, asked).output)["application"] is None


def test_a_rule_is_written_changed_and_removed(router: Callable[..., Result], tmp_path: Path) -> None:
    pushed = CliRunner().invoke(main, ["rules", "push", "--path", "/apps/rules/", "--yes"])
    assert pushed.exit_code == 0, pushed.output
    application, validators = "app_0123456789abcdef", tmp_path / "validators.json"
    validators.write_text('[{"type": "json"}]')
    refused = router("set", application, "--task", "extraction", "--yes")
    assert (refused.exit_code, f"applications/{application}: name: is required" in refused.output) == (1, True)
    options = ["--name", "Songs", "--task", "extraction", "--max-tier", "sonnet", "--validators", str(validators)]
    assert "Pushed" in router("set", application, *options, "--yes").output
    assert rule(application) == {
        "name": "Songs", "task": "extraction", "max_tier": "sonnet", "validators": [{"type": "json"}],
    }  # fmt: skip
    router("set", application, "--max-tier", "opus", "--unset", "validators", "--yes")
    assert rule(application) == {"name": "Songs", "task": "extraction", "max_tier": "opus"}
    assert "app_0123456789abcdef: Songs; task extraction; max_tier opus" in shown_rules().output
    # A push of a folder without rules of applications keeps them.
    CliRunner().invoke(main, ["rules", "push", "--path", "/apps/rules/", "--yes"])
    assert rule(application) == {"name": "Songs", "task": "extraction", "max_tier": "opus"}
    router("set", application, "--remove", "--yes")
    assert rule(application) is None


def stored_rule(text: str) -> None:
    """Writes the text of APP's rule into Parameter Store, as an operator may by hand."""
    CliRunner().invoke(main, ["rules", "push", "--path", "/apps/rules/", "--yes"])
    boto3.client("ssm").put_parameter(Name=f"/apps/rules/applications/{APP}", Value=text, Type="String", Overwrite=True)


@pytest.mark.parametrize("text", ["[1]", '"a"', "null", "nope"])
def test_a_stored_rule_that_is_no_object_is_only_removed(router: Callable[..., Result], text: str) -> None:
    stored_rule(text)
    result = router("set", APP, "--task", "extraction", "--yes")
    assert result.exit_code == 1
    assert "is not a JSON object" in result.output
    assert router("set", APP, "--remove", "--yes").exit_code == 0
    assert rule(APP) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--remove", "--name", "Weather"), "give no other field"),
        (("--remove", "--unset", "task"), "give no other field"),
        (("--task", "review", "--unset", "task"), "either set it or --unset it"),
        (("--name", ""), "name"),
        (("--name", "Weather", "--max-tier", ""), "max_tier"),
        (("--name", "a\x1b[31mb"), "control characters"),
        (("--name", "\ud800"), "name: "),
    ],
)
def test_contradictory_and_unusable_options_change_nothing(
    router: Callable[..., Result], arguments: tuple[str, ...], said: str
) -> None:
    stored_rule('{"name": "Songs", "task": "extraction"}')
    result = router("set", APP, *arguments, "--yes")
    assert isinstance(result.exception, SystemExit), result.exception
    assert said in result.output
    assert rule(APP) == {"name": "Songs", "task": "extraction"}


def test_every_field_but_the_name_is_unset(router: Callable[..., Result]) -> None:
    whole = {
        "name": "Weather", "task": "extraction", "min_tier": "haiku", "max_tier": "sonnet", "baseline": "opus",
        "validators": [{"type": "json"}], "effort": {"sonnet": {"at_most": "low"}},
    }  # fmt: skip
    assert whole.keys() == ApplicationRule.model_fields.keys()
    stored_rule(json.dumps(whole))
    unset = [part for name in whole if name != "name" for part in ("--unset", name)]
    assert router("set", APP, *unset, "--yes").exit_code == 0
    assert rule(APP) == {"name": "Weather"}


def test_without_a_confirmation_nothing_is_written(router: Callable[..., Result]) -> None:
    CliRunner().invoke(main, ["rules", "push", "--path", "/apps/rules/", "--yes"])
    shown = router("set", "app_00000000000000aa", "--name", "Songs")
    assert "Push these changes?" in shown.output
    assert rule("app_00000000000000aa") is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "app_00000000000000ff", "--day", "2026-01-01"], 1, "No request of app_00000000000000ff, 2026-01-01"),
        (["show", "songs"], 2, "write it as app_ and 16 hexadecimal digits"),
        (["set", "app_1", "--name", "x"], 2, "write it as app_ and 16 hexadecimal digits"),
        (["list", "--day", "2026-01-01"], 0, "No applications, 2026-01-01 (UTC)."),
    ],
)
def test_what_cannot_be_shown_is_said(
    router: Callable[..., Result], arguments: list[str], code: int, said: str
) -> None:
    shown = router(*arguments)
    assert (shown.exit_code, said in shown.output) == (code, True), shown.output


def shown_rules() -> Result:
    return CliRunner().invoke(main, ["rules", "show", "--path", "/apps/rules/"])


def rule(application: str) -> dict[str, Any] | None:
    """The stored rule of an application."""
    shown = CliRunner().invoke(main, ["rules", "show", "--path", "/apps/rules/", "--json"])
    found: dict[str, Any] | None = json.loads(shown.output).get(f"applications/{application}")
    return found
