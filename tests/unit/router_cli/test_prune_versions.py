"""Versions of RouterFunction are deleted only once no request can be running on them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import boto3
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from router_cli import version_commands
from router_cli.main import main
from router_cli.version_commands import unused_versions

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGES = st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)), min_size=1, max_size=12)


@given(ages=AGES, data=st.data())
def test_a_version_is_deleted_only_if_its_last_request_ended_long_ago(ages: list[timedelta], data: Any) -> None:
    times = {str(8 + number): NOW - age for number, age in enumerate(sorted(ages, reverse=True))}
    named = set(data.draw(st.lists(st.sampled_from(sorted(times)), max_size=2)))
    deleted = set(unused_versions(times, named, NOW))
    for version in times:
        replaced = times.get(str(int(version) + 1))
        long_ago = replaced is not None and replaced < NOW - HOUR
        assert (version in deleted) == (long_ago and version not in named)


def test_an_old_version_that_was_replaced_a_moment_ago_is_kept() -> None:
    times = {"1": NOW - 48 * HOUR, "2": NOW - 24 * HOUR, "3": NOW}
    assert unused_versions(times, {"3"}, NOW) == ["1"]


@pytest.fixture
def function() -> Iterator[str]:
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        client = boto3.client("lambda", region_name="us-east-1")
        made = client.create_function(
            FunctionName="router", Role=role, Runtime="python3.13", Handler="a.b", Code={"ZipFile": package("0")}
        )
        for release in range(4):
            client.update_function_code(FunctionName="router", ZipFile=package(str(release)))
            client.publish_version(FunctionName="router")
        yield str(made["FunctionArn"])


def package(text: str) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("a.py", text)
    return file.getvalue()


def versions() -> set[str]:
    found = boto3.client("lambda", region_name="us-east-1").list_versions_by_function(FunctionName="router")["Versions"]
    return {version["Version"] for version in found}


@pytest.mark.parametrize(
    ("later", "shares", "deleted"),
    [
        (2 * HOUR, {}, ["1", "2", "3"]),
        (2 * HOUR, {"2": 0.9}, ["1", "3"]),
        (HOUR / 2, {}, []),
    ],
)
def test_the_command_keeps_the_current_version_and_those_with_traffic(
    function: str, later: timedelta, shares: dict[str, float], deleted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("lambda").create_alias(
        FunctionName="router", Name="live", FunctionVersion="4", RoutingConfig={"AdditionalVersionWeights": shares}
    )
    named, now = {"RouterFunctionArn": f"{function}:live"}, datetime.now(UTC) + later
    monkeypatch.setattr(version_commands, "outputs", lambda _: named)
    monkeypatch.setattr(version_commands, "_now", lambda: now)
    done = CliRunner().invoke(main, ["prune-versions", "--stack", "any", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"deleted": deleted}
    assert versions() == {"$LATEST", "1", "2", "3", "4"} - set(deleted)


def test_an_unknown_stack_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_commands, "outputs", lambda _: {})
    done = CliRunner().invoke(main, ["prune-versions", "--stack", "other"])
    assert done.exit_code == 1
    assert "stack other" in done.output
