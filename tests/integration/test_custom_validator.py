"""A check by another function, named in the rules, from the local API to the ledger."""

import dataclasses
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devtools.local_stack.functions.host import LambdaHost
from devtools.local_stack.functions.worker import WorkerSettings
from devtools.local_stack.stack import ROUTER, LocalStack, StackOptions

pytestmark = pytest.mark.local

HERE = Path(__file__).parent
PROMPT = "Classify this email as spam or not spam. Respond with only SPAM or NOT_SPAM.\n\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    options = StackOptions(workers=2, warm=1, environment={"RULES_CACHE_SECONDS": "0"})
    with LocalStack(options) as running:
        router = running.host().function
        name = f"{router.environment['RULES_PATH'].split('/')[1]}-validator-labels"
        function = dataclasses.replace(
            router, logical_id="Labels", name=name, arn=router.arn.rpartition(":")[0] + f":{name}", alias=None,
            handler="validator_handlers.labels", environment={}, snap_start=False,
        )  # fmt: skip
        log = tmp_path_factory.mktemp("validator") / "labels.log"
        host = LambdaHost(function, WorkerSettings({}, HERE, log), limit=2, warm=1)
        running.hosts["Labels"] = host
        # Without a manifest the set is read again whenever the cache expires: here, for each request.
        running.client("ssm").delete_parameter(Name=f"{router.environment['RULES_PATH']}manifest")
        host.start()
        try:
            host.wait_ready()
            yield running
        finally:
            del running.hosts["Labels"]
            host.close()


def checked_by(stack: LocalStack, **fields: object) -> None:
    """Has classification checked by the function from now on."""
    ssm = stack.client("ssm")
    name = f"{stack.environment(ROUTER)['RULES_PATH']}tasks/classification"
    rule = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    check = {"type": "lambda", "function": stack.hosts["Labels"].function.name, **fields}
    value = json.dumps({**rule, "validators": [check]})
    ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def route(stack: LocalStack, **body: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{stack.url}/v1/route",
        json.dumps(body).encode(),
        {"content-type": "application/json", "x-api-key": "local-test-key"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def test_the_functions_verdict_decides_and_is_in_the_record(stack: LocalStack) -> None:
    checked_by(stack)
    answer = route(stack, prompt=PROMPT + "You won a prize.")
    assert answer["validated"] is True, answer
    assert answer["attempts"][0]["validations"] == [{"type": "lambda", "passed": True, "code": "ok"}]


def test_a_refusal_escalates_with_the_functions_words(stack: LocalStack) -> None:
    checked_by(stack)
    answer = route(
        stack, prompt="Classify this email in a sentence of your own: You won a prize.", task="classification"
    )
    first = answer["attempts"][0]["validations"]
    assert first == [
        {"type": "lambda", "passed": False, "code": "no_label", "message": "classification: neither SPAM nor NOT_SPAM"}
    ]
    assert answer["was_escalated"] is True


@pytest.mark.parametrize("misbehaviour", ["raise", "sleep"])
def test_a_function_that_fails_or_hangs_loses_no_answer(stack: LocalStack, misbehaviour: str) -> None:
    checked_by(stack, timeout_seconds=0.5)
    answer = route(stack, prompt=f"{PROMPT}{misbehaviour} money")
    assert answer["content"]
    assert (answer["validated"], answer["was_escalated"]) == (None, False)
    assert "ValidatorUnavailable" in stack.log_text()


def test_a_missing_function_counts_as_on_failure_says(stack: LocalStack) -> None:
    checked_by(stack, function="some-other-function", on_failure="fail")
    answer = route(stack, prompt=PROMPT + "You won a prize.", max_tier="haiku")
    assert answer["validated"] is False
    assert answer["attempts"][0]["validations"][0]["code"] == "unavailable"


def test_a_request_may_not_name_one(stack: LocalStack) -> None:
    check = {"type": "lambda", "function": stack.hosts["Labels"].function.name}
    with pytest.raises(urllib.error.HTTPError) as caught:
        route(stack, prompt="hi", validators=[check])
    with caught.value as refused:
        assert refused.code == 400
        assert "is allowed in rules only" in json.load(refused)["error"]["message"]
