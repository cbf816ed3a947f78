"""One program keeps one id whatever it fills in, and two programs have two."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.applications.fillings import fillings, templates
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.application import application_of
from model_router.domain.requests.stable_words import stable_words
from model_router.domain.routing.rules_parsing import is_application_id

KEY = ids_key("tests")
TRIAGE = "You sort the mail of {} into billing, shipping and other."
SCHEMA = {"type": "object", "properties": {"label": {"type": "string"}, "items": {"items": {"properties": {"x": {}}}}}}


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "name", "format", "schema", "properties", "items"]), inner)
    ),
    max_leaves=8,
)


def identity(system: object = None, client: str = "tests", **fields: Any) -> str | None:
    return application_of(client, {"system": system, **fields}, KEY)


def tools(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "description": "", "input_schema": {"type": "object"}} for name in names]


def schema(fields: dict[str, Any]) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": fields}}


def test_a_program_keeps_its_id_in_95_of_100_requests() -> None:
    ids = {name: Counter(map(identity, fillings(text, 40, name))) for name, text in templates().items()}
    kept = sum(counts.most_common(1)[0][1] for counts in ids.values())
    assert kept >= 0.95 * 40 * len(ids)


def test_no_two_programs_have_one_id() -> None:
    ids = {name: set(map(identity, fillings(text, 40, name))) for name, text in templates().items()}
    shared = Counter(found for of_program in ids.values() for found in of_program)
    assert [found for found, programs in shared.items() if programs > 1] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Corp", "eBay"),
        ("12 Main Street, Springfield,", "Hauptstraße 7b, Ulm,"),
        ("maria.lopez@example.com", "info@example.org"),
        ("Ludwig van Beethoven", "Mr. Müller"),
        ("order cus_Q8fk2", "order 3f2a-11"),
        ('"the shop at the corner of the market"', '"a blue lamp"'),
        ("<who>the harbour</who>", "<who>two lines\n\nof text</who>"),
        ("Friday, 27 November 2026,", "Monday, 2 March 2027,"),
    ],
)
def test_what_a_program_fills_in_does_not_change_its_id(one: str, other: str) -> None:
    assert identity(TRIAGE.format(one)) == identity(TRIAGE.format(other))


@pytest.mark.parametrize("paragraphs", [1, 20, 400])
@pytest.mark.parametrize("label", ["Context:", "## Documents", "<documents>", "Kontext:", "Клиент: "])
def test_passages_do_not_change_its_id_however_long_they_are(label: str, paragraphs: int) -> None:
    passages = "\n\n".join(f"The valve {place} of the pump leaks. Close it first." for place in range(paragraphs))
    end = "</documents>" if label.startswith("<") else ""
    told = "You are the help desk of a factory. Answer from what follows, in two sentences."
    assert identity(f"{told}\n\n{label}\n{passages}\n{end}") == identity(f"{told}\n\n{label}\nNo pumps.\n{end}")


def test_a_long_text_counts_at_both_ends() -> None:
    middle = "Say what the rule means. " * 1_000
    ids = {identity(f"{head} {middle} {tail}") for head in ("be kind", "be brief") for tail in ("then ask", "then end")}
    assert len(ids) == 4


@pytest.mark.parametrize(
    "other",
    [
        {"client": "another"},
        {"system": TRIAGE.replace("billing", "invoices")},
        {"system": "Summarize the mail."},
        {"tools": tools("search", "read")},
        {"output_config": schema(SCHEMA)},
    ],
)
def test_another_client_text_tool_or_schema_is_another_program(other: dict[str, Any]) -> None:
    assert identity(**{"system": TRIAGE, **other}) != identity(TRIAGE)


def test_fields_within_fields_of_the_schema_count() -> None:
    deeper = {**SCHEMA, "properties": {**SCHEMA["properties"], "items": {"items": {"properties": {"y": {}}}}}}  # type: ignore[dict-item]
    assert identity(output_config=schema(SCHEMA)) != identity(output_config=schema(deeper))


def test_the_order_of_the_tools_does_not_count() -> None:
    assert identity(tools=tools("read", "search")) == identity(tools=tools("search", "read"))


def test_blocks_and_a_text_are_alike() -> None:
    blocks = [{"type": "text", "text": TRIAGE, "cache_control": {"type": "ephemeral"}}]
    assert identity(blocks) == identity(TRIAGE)


def test_lists_of_labels_in_capitals_count() -> None:
    assert identity("Answer with one label: BUG, FEATURE or SPAM.") != identity("Answer with one label: RED or BLUE.")


@pytest.mark.parametrize(
    "body", [{}, {"system": None, "tools": []}, {"system": ""}, {"output_config": {"effort": "low"}}]
)
def test_without_system_text_tools_and_schema_there_is_no_id(body: dict[str, Any]) -> None:
    assert application_of("tests", body, KEY) is None


def test_without_a_key_there_is_no_id() -> None:
    assert application_of("tests", {"system": TRIAGE}, b"") is None


def test_nothing_of_a_filled_in_value_is_left() -> None:
    said = stable_words("Help Maria Lopez (maria@example.com, 4412). Customer: mlopez\n\nContext:\nsecret things")
    assert {"maria", "lopez", "mlopez", "secret", "4412"}.isdisjoint(said.lower().split())


@given(ODD, ODD, ODD)
def test_every_body_that_is_json_has_an_id_or_none(system: object, tools: object, config: object) -> None:
    one, again = (
        application_of("tests", {"system": system, "tools": tools, "output_config": config}, KEY) for _ in range(2)
    )
    assert one == again
    assert one is None or is_application_id(one)
