import json
from decimal import Decimal

import pytest

from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import dumps, loads_object, splice


@pytest.mark.parametrize("amount", ["0.0000375", "1E-7", "123456.123456789012345678", "0", "-1.5", "27000"])
def test_money_reads_back_as_the_exact_decimal(amount: str) -> None:
    assert json.loads(dumps({"cost_usd": Decimal(amount)}), parse_float=Decimal, parse_int=Decimal) == {
        "cost_usd": Decimal(amount)
    }


def test_a_lone_surrogate_is_escaped_so_that_the_text_can_be_sent() -> None:
    assert json.loads(dumps({"text": "a\ud800b"}).encode()) == {"text": "a\ud800b"}


def test_other_letters_are_sent_as_they_are() -> None:
    assert dumps("总结") == '"总结"'


@pytest.mark.parametrize("text", ['\ufeff{"a": 1}', b'\xef\xbb\xbf{"a": 1}'])
def test_a_byte_order_mark_is_skipped(text: str | bytes) -> None:
    assert loads_object(text) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('\ufeff\ufeff{"a": 1}', "not valid JSON"),
        ("{", "line 1, column 2"),
        ("[1]", "must be a JSON object, not an array"),
        ('"x"', "not a string"),
        ("null", "not null"),
        ('{"a": NaN}', "NaN is not JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON"),
    ],
)
def test_invalid_json_is_refused_with_a_message(text: str | bytes, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        loads_object(text)


def test_splice_leaves_the_documents_own_bytes_alone() -> None:
    document = '{"a": 1.0,  "b": 1e400}\n'
    assert splice(document, {"router": {"tier": "haiku"}}) == '{"a": 1.0,  "b": 1e400,"router":{"tier":"haiku"}}'
    assert splice("{}", {"a": 1}) == '{"a":1}'
    assert splice(document, {}) == document
