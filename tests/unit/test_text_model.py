import json
from pathlib import Path

import pytest
from pydantic import ValidationError

import model_router
from model_router.domain.requests.user_text import Windows
from model_router.domain.routing.answer_form import form_of
from model_router.domain.routing.text_features import Shape, Turn, shape_of, system_shape
from model_router.domain.routing.text_model import (
    TextModel,
    packaged_text_model,
    parse_text_model,
    percent_at,
    score_at,
)

SHIPPED = Path(model_router.__file__).with_name("text_model.json")


def shape(text: str, system: str | None = None) -> Shape:
    return shape_of(Turn.of(text, Windows(2000, 2000)), system_shape({"system": system}), frozenset())


def structure(text: str) -> set[str]:
    return shape(text).structure


def test_the_shipped_model_loads_is_small_and_says_where_it_comes_from() -> None:
    assert SHIPPED.stat().st_size < 100_000
    file = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert packaged_text_model().version == file["version"]
    assert file["trained_on"]
    assert file["licence"]
    assert all(isinstance(weight, int) for weight in file["weights"].values())


def test_the_shipped_model_names_no_template_and_no_data_set() -> None:
    names = " ".join(packaged_text_model().weights)
    for name in (
        "imdb",
        "mmlu",
        "gsm8k",
        "paws",
        "samsum",
        "mt_bench",
        "self_instruct",
        "rotten_tomatoes",
        "yelp",
        "trec",
    ):
        assert name not in names


def test_a_score_is_the_bias_and_the_weights_of_the_features() -> None:
    model = packaged_text_model()
    judged = shape("Title: lamp\nIs this review good or bad? It broke on day 2.")
    expected = model.bias + sum(model.weights.get(name, 0) for name in judged.features())
    assert model.score(judged) == expected
    assert all(
        model.score(shape("Title: lamp\nIs this review good or bad? It broke on day 2.")) == expected for _ in "abc"
    )


def test_the_explanation_names_the_strongest_first_and_leaves_out_what_speaks_against() -> None:
    model = TextModel("2026-01-01", 0, {"w:mood": 90, "s:question": 80, "s:ends with a question": 50, "w:text": -40})
    assert model.explain(shape("What is the mood of this text?")) == ['"mood"', "a question after the text"]


def test_confidence_and_score_are_each_others_inverse() -> None:
    assert [percent_at(score_at(percent)) for percent in range(1, 100)] == list(range(1, 100))
    assert (percent_at(-100_000), percent_at(100_000)) == (0, 100)


@pytest.mark.parametrize(
    "changed", [{"version": "one"}, {"bias": 0.5}, {"weights": {"w:a": "1"}}, {"weights": None}, {"more": 1}]
)
def test_a_file_that_is_no_model_is_refused(changed: dict[str, object]) -> None:
    good = {"version": "2026-01-01", "trained_on": "x", "licence": "y", "bias": 1, "weights": {"w:a": 1}}
    assert parse_text_model(json.dumps(good)).weights == {"w:a": 1}
    with pytest.raises(ValidationError):
        parse_text_model(json.dumps({**good, **changed}))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Is it good?", "s:yes or no question"),
        ("It rained all day. Is it good?", "s:ends with a question"),
        ("Is it good? It rained.", "s:begins with a question"),
        ("Is it good or bad?", "s:or JUDGEMENT JUDGEMENT"),
        ("Is it worth it or not?", "s:or x NOT"),
        ("Pick one:\n- a cat\n- a dog\n- a cow", "s:option lines 3"),
        ("Which?\nA. one\nB. two\nC. three", "s:lettered options"),
        ("Which? (a) one (b) two (c) three", "s:lettered options"),
        ("Title: lamp\nText: it broke\nStars:", "s:fields 3"),
        ('Read this: {"city": ""}', "s:json"),
        ("It broke.\nMood: bad\n\nIt works.\nMood:", "s:examples short"),
        ("It broke.\nSummary:", "s:ends with a colon"),
        ("def f(x): return 1", "s:code"),
        ("Fill in: the cat sat on the ____.", "s:blank"),
        ("He paid 3 dollars a day for 5 days.", "s:numbers 1"),
        ("Solve the equation and prove the theorem", "s:hard words 3"),
    ],
)
def test_structure_is_seen(text: str, sign: str) -> None:
    assert sign in structure(text)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("It was vitamin c. That helped.", "s:lettered options"),
        ("Tell me whether it rained.", "s:question"),
        ("The code of conduct was read aloud (twice).", "s:code"),
        ("Well-known - and liked - by all.", "s:option lines 2"),
    ],
)
def test_what_only_resembles_structure_is_none(text: str, sign: str) -> None:
    assert sign not in structure(text)


def test_the_words_of_pasted_content_between_the_ends_are_not_looked_at() -> None:
    content = "Whales sing at night. " * 100
    words = set(shape(f"Which tone has this text?\n{content}\nOne word is all we need, please.").words)
    assert {"tone", "please"} <= words
    assert "whales" not in words


@pytest.mark.parametrize("text", ["", "\n\n", "?", ":::", "a", "…", "\ud800", "or", "or?", "x or", "🙂 or 🙂?"])
def test_any_text_has_a_shape(text: str) -> None:
    assert isinstance(packaged_text_model().score(shape(text)), int)


def test_an_instruction_in_the_system_text_is_the_request_and_the_turn_is_data() -> None:
    asked = shape("Write a poem about rain?", "You are a ticket classifier. Reply with the queue only.")
    assert asked.is_instructed
    assert {"classifier", "queue"} <= set(asked.words)
    assert "poem" not in asked.words
    assert "d:question" in asked.structure


def test_a_general_system_text_leaves_the_asking_to_the_user() -> None:
    asked = shape("Is this spam? Win a car!", "You are a helpful assistant.")
    assert not asked.is_instructed
    assert {"spam", "helpful"} <= set(asked.words)


@pytest.mark.parametrize(
    "text",
    [
        "Bestimme die Stimmung.",
        "Détermine le sentiment.",
        "判断情感。",
        "감정을 판단.",
        "Определи тональность.",
    ],
)
def test_words_of_other_languages_are_in_the_groups_of_english_ones(text: str) -> None:
    assert {"PICK", "LABEL"} <= set(shape(text).groups)


def test_names_of_any_length_in_tools_and_schemas_have_a_shape() -> None:
    schema = {"type": "object", "properties": {"code " * 5_000: {"type": "string"}, "x": 1, "y": []}}
    body = {
        "tools": [{"name": "solve_" * 5_000, "description": "prove " * 5_000, "input_schema": schema}, 7],
        "tool_choice": {"type": "tool", "name": "solve_" * 5_000},
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
        "messages": [{"role": "user", "content": "x"}],
    }
    asked = shape_of(Turn.of("x", Windows(2000, 2000)), system_shape(body), form_of(body))
    assert isinstance(packaged_text_model().score(asked), int)


def test_turns_do_not_change_the_cached_shape_of_a_system_text() -> None:
    for system in ("Classify each ticket as bug or question.", "You are friendly. 请分类"):
        first = shape("请翻译这个: is it good or bad?", system)
        assert shape("请翻译这个: is it good or bad?", system) == first
        shape("Implement {a: 1} in code:\n- one\n- two\n", system)
        assert shape("请翻译这个: is it good or bad?", system) == first
