"""The command line against local AWS, as an operator uses it."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from devtools.local_stack.stack import PROJECT
from model_router.domain.routing.rules_parsing import parse
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
    tasks = [json.loads(file.read_text()) for file in DEFAULT.glob("tasks/*.json")]
    expected = f"valid. {len(tasks)} tasks, {sum(len(task.get('patterns', [])) for task in tasks)} patterns"
    result = router("rules", "validate", DEFAULT)
    assert result.exit_code == 0
    assert expected in result.output


def test_every_finding_of_a_bad_set_is_printed_and_the_exit_code_is_1(rules: Path) -> None:
    change(rules, "routing", default_tier="gold")
    change(rules, "tasks/review", colour="blue")
    result = router("rules", "validate", rules)
    assert result.exit_code == 1
    assert "tasks/review: colour: is not a known field" in result.output
    told = router("rules", "validate", rules, "--json")
    assert (told.exit_code, json.loads(told.output)["valid"]) == (1, False)


def test_a_parameter_over_4_kb_is_refused(rules: Path) -> None:
    change(rules, "tasks/review", patterns=[f"a rather long pattern number {number}" for number in range(200)])
    result = router("rules", "validate", rules)
    assert result.exit_code == 1
    assert "tasks/review: 6," in result.output
    assert "over the limit of 4,096 for a parameter" in result.output


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


def test_the_admin_key_has_a_parameter_of_its_own_and_neither_key_takes_the_others_place() -> None:
    boto3.client("kms").create_alias(
        AliasName="alias/nine-secrets", TargetKeyId=boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    )
    assert router("key", "set", "--stack", "nine", "--admin", typed="sk-ant-admin01-x\n").exit_code == 0
    name = "/nine/secrets/anthropic-admin-key"
    found = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (found["Type"], found["Value"]) == ("SecureString", "sk-ant-admin01-x")
    for options, typed, told in (
        (("--admin",), "sk-ant-api03-x\n", "not an Admin API key"),
        ((), "sk-ant-admin01-x\n", "To store it, use --admin"),
    ):
        result = router("key", "set", "--stack", "nine", *options, typed=typed)
        assert result.exit_code == 1
        assert told in result.output


@pytest.mark.parametrize("typed", ["\n", "two words\n"])
def test_what_is_no_key_is_not_stored(typed: str) -> None:
    result = router("key", "set", "--stack", "eight", typed=typed)
    assert result.exit_code == 1
    assert "Nothing was stored" in result.output


@pytest.fixture
def bucket() -> str:
    boto3.client("s3").create_bucket(Bucket="archive")
    return "archive"


def test_a_push_is_archived_and_can_be_undone_while_the_roll_out_stays(rules: Path, bucket: str) -> None:
    where = ("--stack", "nine", "--bucket", bucket, "--yes")
    router("rules", "push", rules, *where, "--percent", "10")
    first = parse(stored("/nine/rules/")).version
    time.sleep(1.1)  # versions begin with the second of their push
    change(rules, "tasks/review", tier="opus")
    router("rules", "push", rules, *where, "--percent", "30")
    result = router("rules", "rollback", *where)
    assert result.exit_code == 0, result.output
    back = parse(stored("/nine/rules/"))
    assert (back.tasks["review"].tier, back.rollout.percent) == ("sonnet", 30)
    assert back.version != first
    assert router("rules", "rollback", "never", *where).exit_code == 1


def shared(bucket: str, stack: str) -> list[dict[str, str]]:
    """The sets that a stack's instances read, the newest first."""
    body = boto3.client("s3").get_object(Bucket=bucket, Key=f"rules-in-force/{stack}.json")["Body"].read()
    sets: list[dict[str, str]] = json.loads(body)["sets"]
    return sets


def test_a_push_and_a_rollback_hand_the_set_to_running_functions_with_the_one_before_it(
    rules: Path, bucket: str
) -> None:
    where = ("--stack", "twelve", "--bucket", bucket, "--yes")
    router("rules", "push", rules, *where)
    first = stored("/twelve/rules/")
    assert shared(bucket, "twelve") == [first]
    change(rules, "tasks/review", tier="opus")
    time.sleep(1.1)
    router("rules", "push", rules, *where)
    second = stored("/twelve/rules/")
    assert shared(bucket, "twelve") == [second, first]
    router("rules", "rollback", *where)
    assert shared(bucket, "twelve") == [stored("/twelve/rules/"), second]
    assert parse(shared(bucket, "twelve")[0]).tasks["review"].tier == "sonnet"


def test_a_push_keeps_the_last_valid_set_where_the_newest_is_not(rules: Path, bucket: str) -> None:
    where = ("--stack", "thirteen", "--bucket", bucket, "--yes")
    router("rules", "push", rules, *where)
    good = stored("/thirteen/rules/")
    bad = {**good, "tasks/review": '{"tier": "no-such-tier"}'}
    body = json.dumps({"checked_at": "2026-11-27T12:00:00Z", "sets": [bad, good]})
    boto3.client("s3").put_object(Bucket=bucket, Key="rules-in-force/thirteen.json", Body=body)
    router("rules", "push", rules, *where)
    assert shared(bucket, "thirteen")[1] == good


def test_show_says_which_version_functions_still_use_after_an_edit_by_hand(rules: Path, bucket: str) -> None:
    where = ("--stack", "fourteen", "--bucket", bucket)
    router("rules", "push", rules, *where, "--yes")
    version = parse(stored("/fourteen/rules/")).version
    assert "still use" not in router("rules", "show", *where).output
    edited = json.dumps({**json.loads(stored("/fourteen/rules/")["tasks/review"]), "tier": "opus"})
    boto3.client("ssm").put_parameter(Name="/fourteen/rules/tasks/review", Value=edited, Overwrite=True)
    shown = router("rules", "show", *where).output
    assert "(edited since its push)" in shown
    assert f"Functions still use version {version}" in shown


def test_what_is_in_force_can_be_shown_compared_and_pulled(rules: Path, tmp_path: Path) -> None:
    router("rules", "push", rules, "--stack", "ten", "--yes")
    shown = router("rules", "show", "--stack", "ten")
    assert "Task      classification: haiku, up to 5,000 tokens (32,000 with a closed answer); classify" in shown.output
    assert "Task      translation: sonnet, up to 50,000 tokens; translate" in shown.output
    assert json.loads(router("rules", "show", "--stack", "ten", "--json").output)["rollout"]["percent"] == 100
    change(rules, "tasks/review", tier="opus")
    compared = router("rules", "diff", rules, "--stack", "ten")
    assert (compared.exit_code, "change tasks/review" in compared.output) == (0, True)
    assert json.loads(router("rules", "diff", rules, "--stack", "ten", "--json").output)["changes"]
    pulled = tmp_path / "pulled"
    assert router("rules", "pull", pulled, "--stack", "ten").exit_code == 0
    assert router("rules", "validate", pulled).exit_code == 0
    assert router("rules", "pull", pulled, "--stack", "ten").exit_code == 1


def test_a_prompt_is_explained_by_the_rules_that_are_in_force(rules: Path, tmp_path: Path) -> None:
    change(rules, "tasks/review", tier="opus")
    router("rules", "push", rules, "--stack", "eleven", "--yes", "--percent", "0")
    told = json.loads(router("explain", "Review this", "--stack", "eleven", "--json").output)
    assert (told["task"], told["tier"], told["arm"]) == ("review", "opus", "control")
    assert told["rules_version"] == parse(stored("/eleven/rules/")).version
    missing = router("explain", "Review this", "--path", "/nothing-here/rules/")
    assert (missing.exit_code, "There are no rules" in missing.output) == (1, True)
    pulled = json.loads(router("rules", "pull", tmp_path / "new", "--stack", "eleven", "--json").output)
    assert "tasks/review" in pulled["parameters"]


def test_rules_that_are_not_there_are_said_to_be_missing() -> None:
    result = router("rules", "show", "--stack", "nothing-here")
    assert result.exit_code == 1
    assert "A stack that never had rules uses the packaged defaults" in result.output


def test_clients_come_and_go_and_their_key_is_shown_once() -> None:
    gateway = boto3.client("apigateway")
    plan = gateway.create_usage_plan(name="plan")["id"]
    added = json.loads(router("clients", "add", "mail-team", "--plan", plan, "--json").output)
    assert added["value"]
    listed = router("clients", "list", "--plan", plan)
    assert f"{added['id']}  enabled   mail-team" in listed.output
    assert added["value"] not in listed.output
    assert router("clients", "revoke", added["id"]).exit_code == 0
    assert json.loads(router("clients", "list", "--plan", plan, "--json").output)["clients"][0]["enabled"] is False
    assert router("clients", "list").exit_code == 2
    assert router("clients", "revoke", "no-such-key").exit_code == 1
