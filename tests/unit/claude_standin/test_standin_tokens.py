"""The stand-in's token counts: plausible, deterministic, additive."""

import base64
import struct
from typing import Any

import pytest

from devtools.claude_standin.models import Model, find
from devtools.claude_standin.tokens import count_block, count_request, count_text, pdf_pages, segments

PROSE = (
    "The quick report was sent to every member of the board before the meeting, and most of them had read it by "
    "the time they arrived. Nobody had any questions about the budget, which surprised the treasurer a little. "
) * 10


def model(name: str) -> Model:
    found = find(name)
    assert found is not None
    return found


OLD, NEW = model("claude-sonnet-4-6"), model("claude-opus-4-7")


def request(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Hello there"}], **fields}


def png(width: int, height: int) -> dict[str, Any]:
    data = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)
    return {"type": "base64", "media_type": "image/png", "data": base64.b64encode(data).decode()}


def test_english_is_about_three_and_a_half_characters_a_token() -> None:
    assert 3.2 < len(PROSE) / count_text(PROSE, OLD) < 3.9


def test_the_new_tokenizer_counts_a_third_more() -> None:
    assert count_text(PROSE, NEW) / count_text(PROSE, OLD) == pytest.approx(1.3, abs=0.01)


def test_json_is_denser_than_prose_and_chinese_denser_still() -> None:
    text = '{"id": 17, "tags": ["a", "b"], "price": 12.5}' * 20
    chinese = "今天的会议讨论了预算问题" * 20
    assert (
        len(PROSE) / count_text(PROSE, OLD)
        > len(text) / count_text(text, OLD)
        > len(chinese) / count_text(chinese, OLD)
    )


def test_an_empty_text_has_no_tokens_and_any_other_has_one() -> None:
    assert count_text("", OLD) == 0
    assert count_text("a", OLD) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"system": "Be brief and kind to everyone."},
        {"system": [{"type": "text", "text": "Be brief."}]},
        {"tools": [{"name": "look", "input_schema": {"type": "object"}}]},
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
    ],
)
def test_everything_besides_the_messages_counts_too(fields: dict[str, Any]) -> None:
    assert count_request(request(**fields), OLD) > count_request(request(), OLD)


def test_a_request_is_the_sum_of_its_segments() -> None:
    body = request(system="Be brief.", tools=[{"name": "look", "input_schema": {"type": "object"}}])
    assert count_request(body, OLD) == sum(segment.tokens for segment in segments(body, OLD))


def test_an_image_counts_by_its_area_up_to_a_ceiling() -> None:
    small = count_block({"type": "image", "source": png(300, 250)}, OLD)
    assert small == 100
    assert count_block({"type": "image", "source": png(8000, 8000)}, OLD) == 1600
    assert count_block({"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}, OLD) == 1600


def test_a_pdf_counts_by_its_pages() -> None:
    data = base64.b64encode(b"%PDF-1.4 /Type /Pages /Type /Page \n /Type/Page\n").decode()
    source = {"type": "base64", "media_type": "application/pdf", "data": data}
    assert pdf_pages(source) == 2
    assert count_block({"type": "document", "source": source}, OLD) == 4000


def test_a_tool_result_counts_the_blocks_in_it() -> None:
    inner = [{"type": "image", "source": png(300, 250)}]
    assert count_block({"type": "tool_result", "tool_use_id": "t", "content": inner}, OLD) > 100


def test_the_place_of_a_cache_mark_does_not_change_the_count() -> None:
    marked = request(system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}])
    plain = request(system=[{"type": "text", "text": "Be brief."}])
    assert count_request(marked, OLD) == count_request(plain, OLD)
