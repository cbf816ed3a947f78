"""The estimate and the bound over every JSON value there is."""

import base64
import unicodedata
from operator import sub
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from model_router.domain.estimate import estimate
from model_router.domain.estimate.estimate import estimate_tokens, upper_bound_tokens
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.estimate.request_inventory import take_inventory
from model_router.domain.estimate.token_features import estimate_text_tokens
from model_router.domain.requests.cache_breakpoints import uses_cache

any_text = st.text(st.characters(), max_size=300)  # lone surrogates included
scalars = st.none() | st.booleans() | st.integers() | st.floats() | any_text
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4), max_leaves=12
)
FIELDS = "type text content source data title input name thinking signature citations tool_use_id enabled file_id url"
TYPES = (
    "text image document tool_use tool_result thinking redacted_thinking search_result base64 url file content custom "
    "bash_20250124 web_search_20250305 container_upload new_kind"
)
starts = [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF0000WEBPVP8 ", b"%PDF-1.4 /Count 3 ", b""]
media = st.builds(lambda a, b: base64.b64encode(a + b).decode(), st.sampled_from(starts), st.binary(max_size=60))
leaves = st.sampled_from(TYPES.split()) | media | scalars
blocks = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS.split()), inner, max_size=5),
    max_leaves=25,
)
values = json_values | blocks
bodies = st.fixed_dictionaries(
    {},
    optional={
        "system": values,
        "messages": values | st.lists(st.fixed_dictionaries({"role": scalars, "content": values}), max_size=4),
        "tools": values | st.lists(blocks, max_size=3),
        "tool_choice": values,
        "output_config": values,
        "mcp_servers": values,
        "temperature": values,
    },
)


@given(bodies)
def test_no_body_raises_and_the_bound_is_never_below_the_estimate(body: dict[str, object]) -> None:
    estimate = estimate_tokens(body)
    bound = upper_bound_tokens(take_inventory(body))
    assert estimate >= 0
    assert bound is None or bound >= estimate


@given(bodies)
def test_a_size_has_the_estimate_of_its_body(body: dict[str, object]) -> None:
    assert InputSize.of(body).tokens == estimate_tokens(body)


@given(bodies, st.integers(-300, 300))
def test_a_size_is_over_the_limits_that_its_estimate_is_over(body: dict[str, object], beyond: int) -> None:
    tokens = estimate_tokens(body)
    assert InputSize.of(body).over(tokens + beyond) == (beyond < 0)
    assert not InputSize.of(body).over(tokens)
    assert InputSize.of(body).over(tokens - 1)


@given(
    bodies,
    st.sampled_from(["body", "tool", "system", "message", "result"]),
)
def test_whatever_asks_for_a_cache_is_a_field_of_the_body_or_of_a_part(body: dict[str, Any], where: str) -> None:
    block = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    result = {"type": "tool_result", "content": [block]}
    messages = [{"role": "user", "content": "x"}]
    asked: dict[str, dict[str, Any]] = {
        "body": {"cache_control": block["cache_control"]},
        "tool": {"tools": [block]},
        "system": {"system": [block]},
        "message": {"messages": [*messages, {"role": "user", "content": [block]}]},
        "result": {"messages": [*messages, {"role": "user", "content": [result]}]},
    }
    cached = {**body, "messages": messages, **asked[where]}
    assert uses_cache(cached)
    assert "cache_control" in cached or take_inventory(cached).has_parts


@given(bodies)
def test_the_same_body_has_the_same_estimate_and_is_left_as_it_was(body: dict[str, object]) -> None:
    before = repr(body)
    assert estimate_tokens(body) == estimate_tokens(body)
    assert repr(body) == before


@given(any_text, st.integers(1, 40))
def test_a_text_has_a_token_at_least_and_no_more_than_its_bytes(text: str, times: int) -> None:
    long = text * times
    assert estimate_text_tokens(long) <= len(long.encode("utf-8", "surrogatepass"))
    assert (estimate_text_tokens(long) >= 1) == bool(long)


@given(any_text)
def test_the_bound_is_at_least_the_bytes_of_the_text_in_any_normal_form(text: str) -> None:
    bound = upper_bound_tokens(take_inventory({"messages": [{"role": "user", "content": text}]}))
    assert bound is not None
    for form in (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFKC", text)):
        assert bound >= len(form.encode("utf-8", "surrogatepass"))


marks = st.sampled_from([chr(code) for code in range(0x110000) if unicodedata.combining(chr(code))])
composed = st.sampled_from("é\u01d7\u1f67\u0ddd한각が\u0344\uff9e\ufdfa\u0f73\u09c7\u09be가")


@given(st.lists(marks | composed | st.characters(), max_size=12), st.integers(1, 60), st.integers(0, 66))
@example(["\u0f73", "¹"], 1, 0)  # grows in NFC, of which NFKC takes a byte back
def test_the_bound_holds_wherever_a_text_is_cut_to_be_normalised(signs: list[str], times: int, before: int) -> None:
    text = "é" * before + "".join(signs) * times
    bound = upper_bound_tokens(take_inventory({"messages": [{"role": "user", "content": text}]}))
    frames = upper_bound_tokens(take_inventory({"messages": [{"role": "user", "content": ""}]}))
    assert bound is not None
    assert frames is not None
    for form in (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFKC", text)):
        assert bound - frames >= len(form.encode("utf-8", "surrogatepass"))


def test_no_mark_behind_a_cut_adds_more_than_the_bound_allows_for_it() -> None:
    signs = [chr(code) for code in range(1, 0x110000)]
    parted = [sign for sign in signs if len(unicodedata.normalize("NFD", sign)) > 1 and not "가" <= sign <= "힣"]
    decomposed = [len(unicodedata.normalize("NFKD", sign).encode()) for sign in parted]
    assert max(map(sub, decomposed, sizes_in_nfkc(parted))) == estimate._CUT_BYTES
    starting, others = list[str](), list[str]()
    for sign in signs:
        (starting if unicodedata.combining(unicodedata.normalize("NFKD", sign)[0]) else others).append(sign)
    assert max(map(sub, sizes_in_nfkc(["x" + sign for sign in others]), sizes_in_nfkc(others))) <= 1
    sizes_of_marks = sizes_in_nfkc(starting)
    for sign, before in zip(parted, sizes_in_nfkc(parted), strict=True):
        together = sizes_in_nfkc([sign + mark for mark in starting])
        assert max(map(sub, together, sizes_of_marks)) <= before + estimate._CUT_BYTES


def sizes_in_nfkc(texts: list[str]) -> list[int]:
    """The UTF-8 bytes of each. They are normalised in one text: nothing is composed across a null character."""
    normal = unicodedata.normalize("NFKC", "\0".join(texts)).encode("utf-8", "surrogatepass")
    return [len(text) for text in normal.split(b"\0")]


def test_a_text_of_whole_characters_is_bounded_by_its_very_bytes() -> None:
    frames = upper_bound_tokens(take_inventory({"messages": [{"role": "user", "content": ""}]})) or 0
    for text in (
        "這是一個句子，很長。",
        "これは「ガギグ」です！（本当）…",
        "한국어 문장입니다. ",
        "L'été à la française. ",
    ):
        bound = upper_bound_tokens(take_inventory({"messages": [{"role": "user", "content": text * 100}]})) or 0
        assert bound - frames == len((text * 100).encode())
