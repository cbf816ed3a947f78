"""The real Anthropic SDK times out and tries again: with `join_retries` the retry joins the first try, for one bill."""

import json
import shutil
from pathlib import Path
from typing import Any

import anthropic
import pytest
from tests.support.gateway_client import until
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions

pytestmark = pytest.mark.local


@pytest.fixture(scope="module", params=[True, False], ids=["joined", "by default"])
def stack(standin: StandIn, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    rules: Path = tmp_path_factory.mktemp("rules") / "default"
    shutil.copytree(PROJECT / "rules" / "default", rules)
    routing = json.loads((rules / "routing.json").read_text())
    if request.param:
        (rules / "routing.json").write_text(json.dumps({**routing, "join_retries": True}))
    options = StackOptions(workers=4, warm=2, claude_url=standin.url, rules=rules)
    with LocalStack(options) as running:
        running.joins = request.param  # type: ignore[attr-defined]
        client(running, 30).messages.create(**body("warm"))  # what is loaded at first use takes its second now
        yield running


@pytest.fixture(autouse=True)
def _as_new(stack: LocalStack, standin: StandIn) -> None:
    standin.reset()


def client(stack: LocalStack, timeout: float) -> Any:
    return anthropic.Anthropic(base_url=stack.url, api_key="any", timeout=timeout, max_retries=3)


def body(text: str) -> dict[str, Any]:
    return {"model": "haiku", "max_tokens": 50, "messages": [{"role": "user", "content": f"{SPAM} {text}"}]}


def ask(asking: Any, streamed: bool) -> Any:
    if not streamed:
        return asking.messages.create(**body("whole"))
    with asking.messages.stream(**body("streamed")) as stream:
        return stream.get_final_message()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_request_that_times_out_and_is_sent_again_is_answered_for_one_bill(
    stack: LocalStack, standin: StandIn, streamed: bool
) -> None:
    """By default no try lives long enough for its answer, and each is a bill."""
    standin.inject(slow=2, times=0)
    if stack.joins:  # type: ignore[attr-defined]
        assert ask(client(stack, 1), streamed).content[0].text
        assert len(standin.billed()) == len(standin.requests()) == 1
    else:
        with pytest.raises(anthropic.APITimeoutError):
            ask(client(stack, 0.75), streamed)
        until(lambda: len(standin.billed()) == 4)


def test_the_same_request_later_is_another_request(stack: LocalStack, standin: StandIn) -> None:
    for _ in range(2):
        client(stack, 30).messages.create(**body("later"))
    assert len(standin.billed()) == 2
