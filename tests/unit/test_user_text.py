from model_router.domain.requests.user_text import Windows, spoken, user_turns

WINDOWS = Windows(200, 200)
WIDE = Windows(2000, 2000)
FILLER = "lorem ipsum dolor sit amet " * 100


def said(text: str, windows: Windows = WIDE) -> str:
    return " | ".join(spoken(text, windows))


def test_a_short_text_is_searched_whole() -> None:
    assert said("Classify this email") == "Classify this email"


def test_the_middle_of_a_long_text_is_not_searched() -> None:
    text = f"Please look at this. {FILLER} security audit {FILLER} Thanks a lot."
    heard = said(text, WINDOWS)
    assert "look at this" in heard
    assert "Thanks" in heard
    assert "security audit" not in heard


def test_half_a_word_at_the_edge_of_a_window_is_left_out() -> None:
    text = "x" * 196 + " tagging " + FILLER + " the stage" + "y" * 190
    parts = spoken(text, WINDOWS)
    assert parts[0].strip() == "x" * 196
    assert "tag" not in said(text, WINDOWS).split()


def test_fences_tags_block_quotes_and_long_quotations_are_left_out() -> None:
    text = (
        "Summarize:\n<document index='1'>security audit</document>\n"
        "```python\n# find the root cause\n```\n> design a system\n"
        f'He wrote "{"we should architect it anew, " * 3}" and left.'
    )
    heard = said(text)
    assert "Summarize" in heard
    assert "and left" in heard
    for quoted in ("security audit", "root cause", "design a system", "architect"):
        assert quoted not in heard


def test_a_short_quotation_is_the_users_own_words() -> None:
    assert '"yes or no"' in said('Answer "yes or no" please')


def test_quotation_marks_pair_in_order() -> None:
    heard = said('Compare "a" and "b": classify which of the two is the better title for this long book of mine')
    assert "classify which of the two" in heard


def test_a_tag_that_is_never_closed_is_not_a_quotation() -> None:
    assert "classify" in said("Use <text> as the tag and classify it")


def test_a_document_that_is_closed_beyond_the_head_window_fills_the_rest_of_it() -> None:
    text = f"Explain this. <document>security audit {FILLER}</document> Be brief."
    heard = said(text, WINDOWS)
    assert "Explain this" in heard
    assert "security audit" not in heard
    assert "Be brief" in heard


def test_a_tail_that_begins_inside_a_document_starts_after_it() -> None:
    text = f"Explain. <document>{FILLER} security audit</document> Thanks."
    heard = said(text, WINDOWS)
    assert "security audit" not in heard
    assert "Thanks" in heard


def test_user_turns_are_the_texts_of_user_messages_alone() -> None:
    messages = [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "classify"},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "security audit"}]},
        {"role": "user", "content": [{"type": "text", "text": "second"}, {"type": "image"}]},
    ]
    assert user_turns(messages) == ["first", "second"]
