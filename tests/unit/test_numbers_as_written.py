"""Numbers of a body go out digit for digit as they came in."""

import pickle
from decimal import Decimal

import pytest

from model_router.domain.answers.message import MessageAssembly
from model_router.domain.estimate.estimate import estimate_tokens, upper_bound_tokens
from model_router.domain.estimate.request_inventory import take_inventory
from model_router.domain.json_codec import Written, dumps, loads_object
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.routing.arms import arm_of
from model_router.domain.routing.rules import Rollout

NUMBERS = (
    '{"a":1e400,"b":0.10000000000000000001,"c":1.50,"d":-0.0,"e":1E+5,"f":123456789012345678901234567890,"g":1e-7}'
)
_BODY = """{"model":"auto","max_tokens":5,"system":[{"type":"text","text":"s","x":NUMBER}],
"tools":[{"name":"t","input_schema":{"type":"object","properties":{"n":{"multipleOf":NUMBER}}}}],
"messages":[{"role":"user","content":"Hi"}]}"""


def test_every_number_is_written_as_it_was_read() -> None:
    assert dumps(loads_object(NUMBERS, verbatim=True)) == NUMBERS


def test_it_is_the_number_that_it_says() -> None:
    number = Written("1.50")
    assert (number, number + 1, number < 0.95, str(number)) == (Decimal("1.5"), Decimal("2.5"), False, "1.50")
    assert str(pickle.loads(pickle.dumps(Written("1e5")))) == "1e5"


def test_a_tool_input_of_claudes_keeps_its_digits() -> None:
    assembly = MessageAssembly()
    assembly.add({"type": "message_start", "message": {"content": [], "usage": {}}})
    block = {"type": "tool_use", "id": "t", "name": "pay", "input": {}}
    assembly.add({"type": "content_block_start", "index": 0, "content_block": block})
    for piece in ('{"amount": 0.1000000000', '0000000001, "n": 1e400}'):
        delta = {"type": "input_json_delta", "partial_json": piece}
        assembly.add({"type": "content_block_delta", "index": 0, "delta": delta})
    assembly.add({"type": "content_block_stop", "index": 0})
    assert '"input":{"amount":0.10000000000000000001,"n":1e400}' in dumps(assembly.message)


@pytest.mark.parametrize("text", ["0.5", "1e400", f"0.{'1' * 3000}"])
def test_numbers_are_counted_and_hashed_like_any_text(text: str) -> None:
    body = loads_object(_BODY.replace("NUMBER", text), verbatim=True)
    request = from_messages_form(body, client="tests")
    bound = upper_bound_tokens(take_inventory(request.body))
    assert bound is not None
    assert bound > len(text)
    assert 0 < estimate_tokens(request.body) < bound
    assert arm_of(request, Rollout(percent=50, salt="")) in ("routed", "control")
