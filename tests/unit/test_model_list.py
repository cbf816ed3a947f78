from datetime import date
from typing import Any

import pytest
from anthropic.types import ModelInfo
from tests.support.samples import policy

from model_router.domain.answers.model_list import describe_model, list_models
from model_router.domain.errors import InvalidRequest, NotFound

POLICY = policy()
DAY = date(2026, 11, 27)


def ids(**query: str) -> list[str]:
    query = {"limit": "1000", **query}
    return [model["id"] for model in list_models(POLICY, query, DAY)["data"]]


def test_auto_and_the_tiers_come_first_then_the_catalog_newest_first() -> None:
    assert ids()[:6] == ["auto", "claude-auto", "haiku", "sonnet", "opus", "claude-fable-5-2"]
    assert set(ids()[5:]) == set(POLICY.catalog.served(DAY))


def test_a_retired_model_is_not_listed_but_described() -> None:
    assert "claude-opus-4-1-20250805" not in ids()
    told = describe_model(POLICY, "claude-opus-4-1", DAY)
    assert (told["lifecycle"], told["deprecated_at"], told["retires_at"]) == (
        "retired",
        "2026-06-05T00:00:00Z",
        "2026-08-05T00:00:00Z",
    )


@pytest.mark.parametrize(("day", "lifecycle"), [(date(2026, 11, 29), "deprecated"), (date(2026, 11, 30), "retired")])
def test_a_model_is_retired_from_its_announced_day_on(day: date, lifecycle: str) -> None:
    assert describe_model(POLICY, "claude-sonnet-4-5", day)["lifecycle"] == lifecycle
    listed = [model["id"] for model in list_models(POLICY, {"limit": "1000"}, day)["data"]]
    assert ("claude-sonnet-4-5-20250929" in listed) == (lifecycle == "deprecated")


def test_claude_auto_is_auto_under_a_name_that_clients_accept() -> None:
    auto, named = describe_model(POLICY, "auto", DAY), describe_model(POLICY, "claude-auto", DAY)
    assert named == {**auto, "id": "claude-auto"}


@pytest.mark.parametrize(
    ("name", "line"), [("claude-mythos-5", "mythos"), ("claude-fable-5-2", "fable"), ("claude-3-opus", "opus")]
)
def test_each_model_is_of_its_line(name: str, line: str) -> None:
    assert describe_model(POLICY, name, DAY)["line"] == line


def test_every_model_is_listed_as_the_sdk_reads_it() -> None:
    for entry in list_models(POLICY, {"limit": "1000"}, DAY)["data"]:
        ModelInfo.model_validate({**entry, "capabilities": None}, strict=False)


def test_pages_follow_each_other_and_lead_back() -> None:
    whole: list[Any] = []
    query: dict[str, str] = {"limit": "5"}
    while True:
        page = list_models(POLICY, query, DAY)
        whole += page["data"]
        assert (page["first_id"], page["last_id"]) == (page["data"][0]["id"], page["data"][-1]["id"])
        if not page["has_more"]:
            break
        query = {"limit": "5", "after_id": page["last_id"]}
    assert [model["id"] for model in whole] == ids()
    back = list_models(POLICY, {"limit": "2", "before_id": "opus"}, DAY)
    assert ([model["id"] for model in back["data"]], back["has_more"]) == (["haiku", "sonnet"], True)
    assert list_models(POLICY, {"before_id": "claude-auto"}, DAY)["has_more"] is False


def test_a_page_after_the_last_model_is_empty() -> None:
    page = list_models(POLICY, {"after_id": ids()[-1]}, DAY)
    assert (page["data"], page["has_more"], page["first_id"]) == ([], False, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "00001" + "1" * 4_395}, "limit"),
        ({"after_id": "gpt-9"}, "after_id"),
    ],
)
def test_an_invalid_page_is_refused(query: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest, match=field):
        list_models(POLICY, query, DAY)


def test_a_model_is_described_as_in_anthropics_api() -> None:
    told = describe_model(POLICY, "claude-haiku-4-5", DAY)
    assert told["id"] == "claude-haiku-4-5-20251001"
    assert (told["created_at"], told["line"], told["lifecycle"]) == ("2025-10-15T00:00:00Z", "haiku", "active")
    assert (told["max_input_tokens"], told["max_tokens"]) == (200_000, 64_000)
    assert told["capabilities"]["effort"]["supported"] is False
    assert told["capabilities"]["thinking"]["types"]["enabled"] == {"supported": True}


def test_a_tier_describes_its_model_and_auto_the_largest_limits() -> None:
    assert describe_model(POLICY, "opus", DAY)["max_tokens"] == 128_000
    assert describe_model(POLICY, "haiku", DAY)["display_name"] == "haiku: Claude Haiku 4.5"
    assert describe_model(POLICY, "auto", DAY)["max_input_tokens"] == 1_000_000


def test_an_unknown_model_is_a_404_that_lists_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r"'gpt-9' is unknown.*auto, haiku, sonnet, opus, claude-fable-5"):
        describe_model(POLICY, "gpt-9", DAY)
