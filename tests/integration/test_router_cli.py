"""The command line against local AWS, as an operator uses it."""

import json
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from local_stack.stack import PROJECT
from model_router.domain.routing.rules import parse
from router_cli.main import main

pytestmark = pytest.mark.local
DEFAULT = PROJECT / "rules" / "default"


@pytest.fixture(autouse=True)
def _aws(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT, tmp_path / "rules"))


def router(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=typed)


def stored(path: str) -> dict[str, str]:
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
    found: list[Any] = [parameter for page in pages for parameter in page["Parameters"]]
    return {parameter["Name"].removeprefix(path): parameter["Value"] for parameter in found}


def change(folder: Path, name: str, **fields: Any) -> None:
    file = folder / f"{name}.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def test_the_default_rules_are_valid() -> None:
    result = router("rules", "validate", DEFAULT)
    assert (result.exit_code, "valid. 13 tasks, 21 patterns" in result.output) == (0, True)


def test_every_finding_of_a_bad_set_is_printed_and_the_exit_code_is_1(rules: Path) -> None:
    change(rules, "routing", default_tier="gold")
    change(rules, "tasks/review", colour="blue")
    result = router("rules", "validate", rules)
    assert result.exit_code == 1
    assert "tasks/review: colour: is not a field" in result.output
    told = router("rules", "validate", rules, "--json")
    assert (told.exit_code, json.loads(told.output)["valid"]) == (1, False)


def test_a_parameter_over_4_kb_is_refused(rules: Path) -> None:
    change(rules, "tasks/review", patterns=[f"a rather long pattern number {number}" for number in range(200)])
    result = router("rules", "validate", rules)
    assert result.exit_code == 1
    assert "tasks/review: 6," in result.output
    assert "more than the 4,096 that a parameter holds" in result.output


def test_a_push_writes_the_set_with_its_manifest(rules: Path) -> None:
    result = router("rules", "push", rules, "--stack", "one", "--yes")
    assert result.exit_code == 0, result.output
    pushed = parse(stored("/one/rules/"))
    assert not pushed.drifted
    assert pushed.version in result.output


def test_a_second_push_shows_and_writes_only_what_changed_and_removes_what_is_gone(rules: Path) -> None:
    router("rules", "push", rules, "--stack", "two", "--yes")
    change(rules, "tasks/review", tier="opus")
    (rules / "tasks" / "translation.json").unlink()
    result = router("rules", "push", rules, "--path", "/two/rules", typed="y\n")
    assert result.exit_code == 0, result.output
    assert '-  "tier": "sonnet"' in result.output
    assert '+  "tier": "opus"' in result.output
    assert "2 parameter(s) changed" in result.output
    assert "tasks/translation" not in stored("/two/rules/")
    assert parse(stored("/two/rules/")).tasks["review"].tier == "opus"


def test_a_push_that_is_not_confirmed_writes_nothing(rules: Path) -> None:
    result = router("rules", "push", rules, "--stack", "three", typed="n\n")
    assert result.exit_code == 1
    assert stored("/three/rules/") == {}


def test_an_invalid_set_is_refused_before_anything_is_written(rules: Path) -> None:
    change(rules, "tiers", baseline="gold")
    result = router("rules", "push", rules, "--stack", "four", "--yes")
    assert result.exit_code == 1
    assert "Nothing was pushed" in result.output
    assert stored("/four/rules/") == {}


def test_the_rollout_of_a_running_stack_is_left_alone_unless_it_is_named(rules: Path) -> None:
    router("rules", "push", rules, "--stack", "five", "--yes", "--percent", "10")
    router("rules", "push", rules, "--stack", "five", "--yes")
    assert parse(stored("/five/rules/")).rollout.percent == 10
    router("rules", "push", rules, "--stack", "five", "--yes", "--percent", "40")
    assert parse(stored("/five/rules/")).rollout.percent == 40


def test_if_none_leaves_a_path_with_rules_alone(rules: Path) -> None:
    router("rules", "push", rules, "--stack", "six", "--yes")
    change(rules, "tasks/review", tier="opus")
    result = router("rules", "push", rules, "--stack", "six", "--if-none", "--json")
    assert json.loads(result.output) == {"pushed": False}
    assert parse(stored("/six/rules/")).tasks["review"].tier == "sonnet"


@pytest.mark.parametrize("where", [(), ("--stack", "a", "--path", "/a/rules/")])
def test_a_push_wants_exactly_one_place(where: tuple[str, ...]) -> None:
    result = router("rules", "push", DEFAULT, *where)
    assert result.exit_code == 2
    assert "--stack NAME" in result.output


def test_a_key_is_stored_as_a_secure_string_and_never_shown() -> None:
    boto3.client("kms").create_alias(
        AliasName="alias/seven-secrets", TargetKeyId=boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    )
    result = router("key", "set", "--stack", "seven", typed="sk-ant-secret\n")
    assert result.exit_code == 0, result.output
    assert "sk-ant-secret" not in result.output
    found = boto3.client("ssm").get_parameter(Name="/seven/secrets/claude-api-key", WithDecryption=True)["Parameter"]
    assert (found["Type"], found["Value"]) == ("SecureString", "sk-ant-secret")


@pytest.mark.parametrize("typed", ["\n", "two words\n"])
def test_what_is_no_key_is_not_stored(typed: str) -> None:
    result = router("key", "set", "--stack", "eight", typed=typed)
    assert result.exit_code == 1
    assert "Nothing was stored" in result.output
