"""The token estimate against true counts, and what of a request is counted."""

import base64
import json
import struct
import zlib
from functools import cache
from pathlib import Path

import pytest
from tests.support.token_texts import build_text

from model_router.domain.estimate.estimate import estimate_tokens, upper_bound_tokens
from model_router.domain.estimate.media_tokens import PDF_PAGE_TOKENS, UNKNOWN_IMAGE_TOKENS, image_tokens, pdf_tokens
from model_router.domain.estimate.request_inventory import take_inventory
from model_router.domain.estimate.token_features import estimate_text_tokens

FIXTURE = json.loads((Path(__file__).parents[1] / "data" / "token_counts.json").read_text(encoding="utf-8"))


@cache
def counted() -> list[tuple[str, str, int]]:
    """Kind, text and true count of every case."""
    return [(case["kind"], build_text(case, FIXTURE["passages"]), case["tokens"]) for case in FIXTURE["cases"]]


def user(content: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": content}]}


def block(kind: str, data: bytes, media_type: str) -> dict[str, object]:
    source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}
    return {"type": kind, "source": source}


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + bytes(20)


def jpeg(width: int, height: int, metadata: int = 100) -> bytes:
    app = b"\xff\xe1" + struct.pack(">H", metadata) + bytes(metadata - 2)
    return b"\xff\xd8" + app + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + bytes(20)


def test_the_fixture_has_over_sixty_texts_of_many_kinds_from_20_to_20000_characters() -> None:
    lengths = [len(text) for _, text, _ in counted()]
    assert len(lengths) > 60
    assert min(lengths) == 20
    assert max(lengths) == 20_000
    assert len({kind for kind, _, _ in counted()}) > 30


def test_every_text_over_200_characters_is_within_20_percent_and_shorter_ones_within_30() -> None:
    off = {}
    for kind, text, tokens in counted():
        error = estimate_text_tokens(text) / tokens - 1
        if abs(error) > (0.2 if len(text) > 200 else 0.3):
            off[kind, len(text)] = error
    assert not off


def test_on_average_the_estimate_is_neither_high_nor_low_and_within_8_percent() -> None:
    errors = [estimate_text_tokens(text) / tokens - 1 for _, text, tokens in counted()]
    assert abs(sum(errors) / len(errors)) < 0.04
    assert sum(map(abs, errors)) / len(errors) < 0.08


@pytest.mark.parametrize("kind", ["english", "python", "json", "chinese"])
def test_the_mean_error_of_the_promised_kinds_is_under_10_percent(kind: str) -> None:
    errors = [estimate_text_tokens(text) / tokens - 1 for of, text, tokens in counted() if of == kind]
    assert len(errors) >= 7
    assert abs(sum(errors) / len(errors)) < 0.1


def test_a_long_document_of_unlike_parts_is_the_sum_of_its_parts() -> None:
    parts = [
        build_text({"kind": k, "characters": 200_000, "seed": 9}, FIXTURE["passages"])
        for k in ("english", "base64", "spaces", "chinese")
    ]
    apart = sum(estimate_text_tokens(part[at : at + 2000]) for part in parts for at in range(0, len(part), 2000))
    assert estimate_text_tokens("".join(parts)) == pytest.approx(apart, rel=0.1)


@pytest.mark.parametrize(
    "row", ["| cell | 123456 | a |\n", "x = 1\n" + " " * 42, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL"]
)
def test_a_periodic_text_is_sampled_at_several_phases(row: str) -> None:
    whole = estimate_text_tokens(row * (3072 // len(row)))
    assert estimate_text_tokens(row * 4000) == pytest.approx(whole * 4000 / (3072 // len(row)), rel=0.15)


def test_the_upper_bound_is_above_the_true_count_of_every_text() -> None:
    for kind, text, tokens in counted():
        bound = upper_bound_tokens(take_inventory(user(text)))
        assert bound is not None
        assert bound > 1.35 * tokens or bound >= len(text.encode()), kind
        assert bound >= estimate_tokens(user(text))


@pytest.mark.parametrize("text", ["\ufdfa" * 50, "¼" * 50, "㌖" * 50, "\ud800" * 10])
def test_the_upper_bound_covers_a_tokenizer_that_expands_compatibility_characters(text: str) -> None:
    import unicodedata

    expanded = unicodedata.normalize("NFKC", text).encode("utf-8", "surrogatepass")
    bound = upper_bound_tokens(take_inventory(user(text)))
    assert bound is not None
    assert bound >= len(expanded)


@pytest.mark.parametrize(
    "body",
    [
        {"system": "PROSE"},
        {"system": [{"type": "text", "text": "PROSE", "cache_control": {"type": "ephemeral"}}]},
        user("PROSE"),
        user([{"type": "text", "text": "PROSE"}]),
        user([{"type": "tool_use", "id": "t", "name": "f", "input": {"query": "PROSE"}}]),
        user([{"type": "tool_result", "tool_use_id": "t", "content": "PROSE"}]),
        user([{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "PROSE"}]}]),
        user([{"type": "thinking", "thinking": "PROSE", "signature": "s"}]),
        user([{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "PROSE"}}]),
        user([{"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "PROSE"}]}}]),
        user([{"type": "search_result", "title": "t", "source": "s", "content": [{"type": "text", "text": "PROSE"}]}]),
        user([{"type": "something_new", "payload": {"words": ["PROSE"]}}]),
        {"output_config": {"format": {"type": "json_schema", "schema": {"description": "PROSE"}}}},
    ],
)
def test_text_is_counted_in_every_field(body: dict[str, object]) -> None:
    prose = " ".join(FIXTURE["passages"]["english"]).replace("\n", " ")
    filled = json.loads(json.dumps(body).replace("PROSE", prose))
    tokens = estimate_text_tokens(prose)
    assert tokens * 0.95 <= estimate_tokens(filled) <= tokens * 1.05 + 60


def test_a_tool_brings_its_schema_and_the_system_prompt_for_tools() -> None:
    schema = {
        "type": "object",
        "properties": {"location": {"type": "string", "description": "City and state, e.g. Boston, MA"}},
    }
    tool = {"name": "get_weather", "description": "Get the current weather in a given location", "input_schema": schema}
    without = estimate_tokens(user("What is the weather like in Boston?"))
    one, two = (estimate_tokens(user("What is the weather like in Boston?") | {"tools": [tool] * n}) for n in (1, 2))
    assert 346 + 40 < one - without < 346 + 100
    assert 40 < two - one < 100


def test_a_signature_counts_less_than_its_text_and_stays_within_the_bound() -> None:
    sealed = user([{"type": "redacted_thinking", "data": "A" * 4000}])
    assert 900 < estimate_tokens(sealed) < 1100
    assert (upper_bound_tokens(take_inventory(sealed)) or 0) >= 4000


@pytest.mark.parametrize(
    ("image", "tokens"),
    [  # patches of 28 pixels; the 16:9 and 4:3 ones measured on Haiku 4.5
        (png(200, 200), 64),
        (png(1000, 1000), 1296),
        (png(1280, 720), 1196),
        (png(1920, 1080), 1560),
        (png(4032, 3024), 1560),
        (jpeg(1024, 1024), 1369),
        (jpeg(1024, 1024, metadata=60_000), 1369),
        (b"GIF89a" + struct.pack("<HH", 512, 512) + bytes(20), 361),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (767).to_bytes(3, "little") * 2 + bytes(9), 784),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (767 | 767 << 14).to_bytes(4, "little") + bytes(9), 784),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 768, 768) + bytes(9), 784),
    ],
)
def test_an_image_costs_by_its_size_after_scaling_down(image: bytes, tokens: int) -> None:
    counted_tokens = estimate_tokens(user([block("image", image, "image/png")])) - estimate_tokens(
        user([{"type": "text", "text": ""}])
    )
    assert counted_tokens == pytest.approx(tokens, rel=0.02)


@pytest.mark.parametrize(
    "data", ["", "????", "é", base64.b64encode(b"no image").decode(), base64.b64encode(png(0, 5)).decode()]
)
def test_an_image_whose_size_is_unreadable_costs_as_much_as_a_large_one(data: str) -> None:
    assert image_tokens(data) == UNKNOWN_IMAGE_TOKENS


@pytest.mark.parametrize("at_end", [False, True])
def test_a_pdf_costs_by_its_pages_read_from_its_head_or_its_tail(at_end: bool) -> None:
    tree, filler = b"<< /Type /Pages /Kids [1 0 R] /Count 12 >>", b"0" * 300_001
    pdf = b"%PDF-1.7\n" + (filler + tree if at_end else tree + filler)
    assert pdf_tokens(base64.b64encode(pdf).decode()) == 12 * PDF_PAGE_TOKENS


def test_a_pdf_has_no_bound_since_a_few_bytes_can_draw_any_amount_of_text() -> None:
    page = zlib.compress(b"BT (spam) Tj ET " * 1_000_000)
    pdf = b"%PDF-1.4 /Count 1 >> stream " + page
    assert upper_bound_tokens(take_inventory(user([block("document", pdf, "application/pdf")]))) is None


def test_a_pdf_with_unreadable_pages_is_estimated_by_its_size() -> None:
    pdf = block("document", b"%PDF-1.7 /ObjStm" + bytes(500_000), "application/pdf")
    assert estimate_tokens(user([pdf])) == pytest.approx(11 * PDF_PAGE_TOKENS, abs=10)


@pytest.mark.parametrize(
    "body",
    [
        user([{"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]),
        user([{"type": "document", "source": {"type": "file", "file_id": "file_1"}}]),
        user(
            [
                {
                    "type": "tool_result",
                    "tool_use_id": "t",
                    "content": [{"type": "image", "source": {"type": "file", "file_id": "f"}}],
                }
            ]
        ),
        user([{"type": "container_upload", "file_id": "file_1"}]),
        user("hello") | {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        user("hello") | {"mcp_servers": [{"type": "url", "url": "https://example.com/mcp", "name": "m"}]},
        user("hello") | {"container": "container_1"},
    ],
)
def test_content_outside_the_body_has_no_bound(body: dict[str, object]) -> None:
    assert upper_bound_tokens(take_inventory(body)) is None


def test_a_client_tool_of_anthropics_has_a_bound() -> None:
    bound = upper_bound_tokens(take_inventory(user("hello") | {"tools": [{"type": "bash_20250124", "name": "bash"}]}))
    assert bound is not None
    assert bound > 5000


def test_an_image_inside_a_tools_input_is_text_and_not_a_picture() -> None:
    data = base64.b64encode(bytes(30_000)).decode()
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
    bound = upper_bound_tokens(take_inventory(user([{"type": "tool_use", "id": "t", "name": "f", "input": image}])))
    assert bound is not None
    assert bound > len(data)


def test_nesting_that_json_cannot_print_is_walked() -> None:
    deep: object = "a deep word"
    for _ in range(100_000):
        deep = [deep]
    body = user([{"type": "tool_use", "id": "t", "name": "f", "input": {"x": deep}}])
    assert estimate_tokens(body) > 100_000
    assert (upper_bound_tokens(take_inventory(body)) or 0) >= estimate_tokens(body)
    assert estimate_tokens(user(deep)) < 20
