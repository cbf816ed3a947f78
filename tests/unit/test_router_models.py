"""RouterFunction's answers to the question for Claude's models."""

import io
import json
from typing import Any

import pytest

from model_router.adapters.aws.router_models import RouterModels
from model_router.domain.calls.ports import CallFailed


class FakeLambda:
    def __init__(self, payload: bytes, **answer: Any) -> None:
        self._answer = {"Payload": io.BytesIO(payload), **answer}
        self.asked: list[tuple[str, object]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.asked.append((FunctionName, json.loads(Payload)))
        return self._answer


def listed(fake: FakeLambda) -> list[str]:
    client: Any = fake
    return [model.id for model in RouterModels(client, "arn:router:live").list_models(5)]


def test_the_alias_is_invoked_with_the_action_and_its_models_are_read() -> None:
    fake = FakeLambda(b'{"models":[{"id":"claude-a","max_tokens":64000},{"id":"claude-b"}]}')
    assert listed(fake) == ["claude-a", "claude-b"]
    assert fake.asked == [("arn:router:live", {"action": "list_models"})]


def test_an_error_of_the_function_keeps_its_message() -> None:
    payload = json.dumps({"errorType": "UpstreamError", "errorMessage": "This stack has no usable key."}).encode()
    with pytest.raises(CallFailed, match="RouterFunction: UpstreamError: This stack has no usable key"):
        listed(FakeLambda(payload, FunctionError="Unhandled"))


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"models":[{}]}', b'{"models":7}'])
def test_another_answer_than_a_list_of_models_is_unintelligible(payload: bytes) -> None:
    with pytest.raises(CallFailed) as failed:
        listed(FakeLambda(payload))
    assert failed.value.kind == "unintelligible"
