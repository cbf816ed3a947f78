"""Runs every command of README and the documents against a local stack, or lists it with the reason why not.

A document is one shell session: what a reader has exported higher up the page is there further down. `aws` is
tests/support/aws_command.py, CloudFormation tests/support/stack_lookup.py. The walk of examples/README.md has a test of
its own.
"""

import functools
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.support import aws_command
from tests.support.document_commands import Command, commands
from tests.support.forked_programs import ForkedPrograms
from tests.support.stack_lookup import StackLookup

from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions
from devtools.local_stack.template.reader import DEFAULT_STACK, REGION

pytestmark = pytest.mark.local

# What cannot run here: the beginning of the command, and why. A make target has to be there, an aws command has to fit
# botocore's model.
NOT_RUN = {
    r"make deploy": "deploys into an AWS account; tests/template holds the template, tests/e2e the packages",
    r"make (run|demo|report)": "serve until Ctrl-C, or ask what does; run by test_local_stack_run.py",
    r"make (test|check|e2e|build)": "CI runs it as a step of its own, with this test in it",
    r"make (soak|fuzz)": "minutes of it; test_soak_short.py runs a short one",
    r"make bench": "minutes, and its figures want a quiet machine",
    r"git checkout": "would change the files under test",
    r"(.venv/bin/)?python -m devtools.text_model": "needs the reader's logs; see test_text_model_training.py",
    r"(.venv/bin/)?python -m devtools.benchmarks": "minutes; tests/unit run the short forms",
    r"(.venv/bin/)?python tools/devtools/benchmarks": "part of make bench",
    r"(.venv/bin/)?python -m devtools.security_checks": "part of make check",
    r"aws lambda invoke .*ReconciliationFunction": "is there only with an admin key; test_kept_money.py invokes it",
    r"aws cloudformation (cancel-update-stack|delete-stack|wait|update-term)": "there is no local CloudFormation",
    r"router prune-versions": "the local Lambda has no versions; test_prune_versions.py runs it on moto's",
    r"export BACKUP=|aws dynamodb restore-table-from-backup": "needs an AWS account: moto makes no system backups",
}
_TYPED = {"key set --stack model-router --admin": "sk-ant-admin01-documents", "key set": "sk-ant-api03-documents"}


def reason(command: Command) -> str | None:
    """Why the command is not run, or None if it is."""
    found = [why for start, why in NOT_RUN.items() if not command.python and re.match(start, command.text)]
    return found[0] if found else None


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=2, warm=1, parameters={"CallerAuth": "keys_and_iam"})) as started:
        yield started


@pytest.fixture(scope="module")
def environment(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What `make run` prints to export, with the stack's names where CloudFormation would tell them."""
    programs = tmp_path_factory.mktemp("bin")
    gateway = stack.client("apigateway")
    plan = gateway.create_usage_plan(name="first")
    keys = [gateway.create_api_key(name=name, enabled=True) for name in ("first", "billing-team")]
    for made in keys:
        gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=made["id"], keyType="API_KEY")
    router = stack.environment()
    spool = router["SPOOL_QUEUE_URL"]
    outputs = {
        "ApiUrl": stack.url,
        "LedgerTableName": router["LEDGER_TABLE"],
        "ReportsBucketName": stack.environment("WeeklyReportFunction")["REPORTS_BUCKET"],
        "SpoolQueueUrl": spool,
        "SpoolDeadLetterQueueUrl": spool.replace("SpoolQueue", "SpoolDeadLetterQueue"),
        "JobsQueueUrl": router["JOBS_QUEUE_URL"],
        "InitialApiKeyId": keys[0]["id"],
    }
    resources = {name: host.function.name for name, host in stack.hosts.items()} | {"UsagePlan": plan["id"]}
    resources |= {"LedgerTable": router["LEDGER_TABLE"], "BudgetsTable": router["BUDGETS_TABLE"]}
    what_the_pages_take_for_given(stack)
    modules = {"aws": "tests.support.aws_command", "router": "router_cli"}
    lookup = StackLookup(DEFAULT_STACK, outputs=outputs, resources=resources)
    with lookup, ForkedPrograms(programs, modules):
        told = {
            **os.environ,
            "AWS_ENDPOINT_URL": stack.aws_url,
            "AWS_ENDPOINT_URL_LAMBDA": stack.lambda_url,
            "AWS_ENDPOINT_URL_CLOUDFORMATION": lookup.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        push = ["router", "rules", "push", "--stack", DEFAULT_STACK, "--percent", "90", "--yes"]  # a set to go back to
        subprocess.run(push, cwd=PROJECT, env=told, check=True, capture_output=True)
        yield told


def what_the_pages_take_for_given(stack: LocalStack) -> None:
    """A log group, a report of a former week, the key's alias what months of service leave."""
    logs, kms, s3 = stack.client("logs"), stack.client("kms"), stack.client("s3")
    logs.create_log_group(logGroupName=f"/aws/lambda/{DEFAULT_STACK}/router")
    logs.create_log_stream(logGroupName=f"/aws/lambda/{DEFAULT_STACK}/router", logStreamName="one")
    line = {"timestamp": int(time.time() * 1000), "message": json.dumps({"message": "request", "status": 200})}
    logs.put_log_events(logGroupName=f"/aws/lambda/{DEFAULT_STACK}/router", logStreamName="one", logEvents=[line])
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=f"alias/{DEFAULT_STACK}-secrets", TargetKeyId=key)
    bucket = stack.environment("WeeklyReportFunction")["REPORTS_BUCKET"]
    s3.put_object(Bucket=bucket, Key="reports/weekly/2026-W47/report.json", Body=b"{}")


@functools.cache
def by_document() -> Mapping[str, list[Command]]:
    found: dict[str, list[Command]] = {}
    for command in commands():
        if reason(command) is None:
            found.setdefault(command.document, []).append(command)
    return found


def session(document: str, url: str, out: Path) -> str:
    """A document's commands as one bash script that stops at the first that fails, and names each on standard error."""
    lines = ["set -euo pipefail"]
    for command in by_document()[document]:
        text = command.text.replace("http://127.0.0.1:8080", url).replace("out/", f"{out}/")
        if command.python:
            text = f"python - <<'PYTHON_OF_THE_DOCUMENT'\n{text}PYTHON_OF_THE_DOCUMENT"
        else:
            typed = next((answer for part, answer in _TYPED.items() if part in command.text), "y")
            text = f"{{ {text}\n}} <<< {typed}"
        made = re.findall(r"(?:^export | )([A-Z]+)=[\"$]", text) if text.startswith("{ export") else []
        text += "".join(f'\n[ -n "${name}" ]' for name in made)
        lines += [f"printf '%s\\n' {shlex.quote('$ ' + command.text)} >&2", text]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("document", list(by_document()))
def test_the_commands_of_a_document_run(
    document: str, stack: LocalStack, environment: Mapping[str, str], tmp_path: Path
) -> None:
    script = session(document, stack.url, tmp_path)
    done = subprocess.run(
        ["bash", "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    told = f"{document}\n{done.stderr}\n{done.stdout}"
    assert done.returncode == 0, told
    assert not re.search(r'"type": ?"error"|FunctionError', done.stdout), told


@pytest.mark.parametrize("command", [each for each in commands() if reason(each)], ids=lambda each: each.text[:40])
def test_a_command_that_is_not_run_is_one_that_exists(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(command.text, comments=True)
    if words[0] == "make":
        done = subprocess.run(
            ["make", "--question", "--no-builtin-rules", *words[1:]],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "No rule to make target" not in done.stderr
    if words[0] == "aws":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        aws_command.main(words[1:], call=False)


def test_the_program_of_the_restore_page_copies_back_what_is_missing_and_nothing_else(
    stack: LocalStack, environment: Mapping[str, str]
) -> None:
    [program] = [each.text for each in commands() if each.document.endswith("restore.md") and each.python]
    dynamodb, table = stack.client("dynamodb"), stack.environment()["LEDGER_TABLE"]
    keys = [{"pk": {"S": f"2026-11-01#{shard:02}"}, "sk": {"S": "01M83RMEGHTTYTE3FESFEDSC8J"}} for shard in (1, 2)]
    for key in keys:
        dynamodb.put_item(TableName=table, Item={**key, "status": {"S": "open"}})
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName="ledger-restored", UseLatestRestorableTime=True
    )
    dynamodb.delete_item(TableName=table, Key=keys[0])
    dynamodb.put_item(TableName=table, Item={**keys[1], "status": {"S": "settled"}})
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "TABLE": table},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1 record(s) copied back\n", done.stderr
    found = [dynamodb.get_item(TableName=table, Key=key)["Item"]["status"]["S"] for key in keys]
    assert found == ["open", "settled"]
