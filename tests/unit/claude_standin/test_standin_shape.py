"""Bodies that no model takes, and the words in which that is said."""

from typing import Any

import pytest

from devtools.claude_standin.checks.shape import NEW_VERSION, OLD_VERSION, check_shape, check_version
from devtools.claude_standin.errors import ApiError

USER = {"role": "user", "content": "Hi"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "seen"}


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "claude-haiku-4-5", "max_tokens": 100, "messages": [USER], **fields}


def said(content: Any, role: str = "user") -> dict[str, Any]:
    return body(messages=[{"role": role, "content": content}])


CASES: list[tuple[Any, str]] = [
    ([], "Input should be a valid dictionary"),
    ({"max_tokens": 1, "messages": [USER]}, "model: Field required"),
    ({"model": "m", "messages": [USER]}, "max_tokens: Field required"),
    ({"model": "m", "max_tokens": 1}, "messages: Field required"),
    (body(router={}), "router: Extra inputs are not permitted"),
    (body(max_tokens="9"), "max_tokens: Input should be a valid integer"),
    (body(max_tokens=True), "max_tokens: Input should be a valid integer"),
    (body(max_tokens=-1), "max_tokens: Input should be greater than or equal to 0"),
    (body(stream="yes"), "stream: Input should be a valid boolean"),
    (body(model=7), "model: Input should be a valid string"),
    (body(messages=[]), "messages: at least one message is required"),
    (body(messages="Hi"), "messages: Input should be a valid list"),
    (body(messages=[{"role": "user"}]), "messages.0.content: Field required"),
    (body(messages=[{"role": "bot", "content": "x"}]), "messages.0.role: Input should be 'user' or 'assistant'"),
    (body(messages=[{"role": "system", "content": "x"}]), 'messages: Unexpected role "system"'),
    (body(messages=[{**USER, "name": "x"}]), "messages.0.name: Extra inputs are not permitted"),
    (said("Hi", "assistant"), 'messages: first message must use the "user" role'),
    (said(""), "messages.0: all messages must have non-empty content"),
    (said([]), "messages.0: all messages must have non-empty content"),
    (said([{"type": "text", "text": ""}]), "messages: text content blocks must be non-empty"),
    (said([{"type": "text"}]), "messages.0.content.0.text.text: Field required"),
    (said([{"type": "poem"}]), "messages.0.content.0: Input tag 'poem'"),
    (said([{"type": "image", "source": {"type": "file_path"}}]), "messages.0.content.0.image.source: Input tag"),
    (said([RESULT]), "messages.0.content.0: unexpected `tool_use_id`"),
    (body(messages=[USER, {"role": "assistant", "content": [USE]}, USER]), "messages.1: `tool_use` ids were found"),
    (said([{"type": ["text"]}]), "messages.0.content.0: Input tag '['text']'"),
    (body(messages=[{"role": {}, "content": "x"}]), "messages.0.role: Input should be 'user' or 'assistant'"),
    (said([{"type": "text", "text": "x", "cache_control": "yes"}]), "messages.0.content.0.cache_control.type"),
    (
        body(tools=[{"name": "look", "input_schema": {"type": 7}}]),
        "tools.0.custom.input_schema: JSON schema is invalid",
    ),
    (body(thinking={"type": {}}), "thinking: Input tag '{}'"),
    (body(system=7), "system: Input should be a valid string"),
    (body(system=[{"type": "image"}]), "system.0.type: Input should be 'text'"),
    (body(temperature=3), "temperature: Input should be less than or equal to 1"),
    (body(thinking={"type": "deep"}), "thinking: Input tag 'deep'"),
    (body(thinking={"type": "enabled"}), "thinking.enabled.budget_tokens: Field required"),
    (body(thinking={"type": "enabled", "budget_tokens": 9}), "thinking.enabled.budget_tokens: Input should be"),
    (body(output_config={"effort": "huge"}), "output_config.effort: Input should be 'low', 'medium'"),
    (body(output_config={"format": {"type": "json_schema", "schema": {"type": "object"}}}), "output_config.format"),
    (body(tools=[{"name": "look"}]), "tools.0.custom.input_schema: Field required"),
    (body(tools=[{"name": "a b", "input_schema": {}}]), "tools.0.custom.name: String should match pattern"),
    (body(tool_choice={"type": "all"}), "tool_choice: Input tag 'all'"),
    (body(cache_control={"type": "forever"}), "cache_control.type: Input should be 'ephemeral'"),
    (body(stop_sequences=[" "]), "stop_sequences: each stop sequence must contain non-whitespace"),
    (body(service_tier="gold"), "service_tier: Input should be 'auto' or 'standard_only'"),
    (body(inference_geo="mars"), "inference_geo: Input should be 'us' or 'global'"),
]


@pytest.mark.parametrize(("wrong", "message"), CASES, ids=[message[:60] for _, message in CASES])
def test_a_body_of_the_wrong_shape_is_a_400_that_says_where(wrong: Any, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        check_shape(wrong, OLD_VERSION)
    assert caught.value.status == 400
    assert caught.value.message.startswith(message)


def test_a_tool_result_that_answers_its_tool_use_is_taken() -> None:
    messages = [USER, {"role": "assistant", "content": [USE]}, {"role": "user", "content": [RESULT]}]
    assert check_shape(body(messages=messages), NEW_VERSION)["messages"] == messages


def test_turns_of_one_role_may_follow_one_another() -> None:
    assert check_shape(body(messages=[USER, USER]), NEW_VERSION)


def test_counting_takes_no_max_tokens() -> None:
    with pytest.raises(ApiError, match=r"^max_tokens: Extra inputs are not permitted$"):
        check_shape(body(), NEW_VERSION, counting=True)


@pytest.mark.parametrize(
    ("version", "message"), [(None, "header is required"), ("2020-01-01", "is not a valid version")]
)
def test_the_version_header_must_name_a_version(version: str | None, message: str) -> None:
    with pytest.raises(ApiError, match=message):
        check_version(version)


def test_the_new_version_takes_no_document_from_the_assistant() -> None:
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
    messages = [USER, {"role": "assistant", "content": [document]}, USER]
    assert check_shape(body(messages=messages), OLD_VERSION)
    with pytest.raises(ApiError, match="document blocks"):
        check_shape(body(messages=messages), NEW_VERSION)
