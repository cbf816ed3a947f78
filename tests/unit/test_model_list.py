from typing import Any

import pytest
from tests.support.samples import policy

from model_router.domain.answers.model_list import describe_model, list_models
from model_router.domain.errors import InvalidRequest, NotFound

POLICY = policy()


def ids(**query: str) -> list[str]:
    return [model["id"] for model in list_models(POLICY, query)["data"]]


def test_auto_and_the_tiers_come_first_then_the_catalog_newest_first() -> None:
    assert ids()[:5] == ["auto", "haiku", "sonnet", "opus", "claude-haiku-5-5"]
    assert set(ids()[4:]) == set(POLICY.catalog.models)


def test_pages_follow_each_other_and_lead_back() -> None:
    whole: list[Any] = []
    query: dict[str, str] = {"limit": "5"}
    while True:
        page = list_models(POLICY, query)
        whole += page["data"]
        assert (page["first_id"], page["last_id"]) == (page["data"][0]["id"], page["data"][-1]["id"])
        if not page["has_more"]:
            break
        query = {"limit": "5", "after_id": page["last_id"]}
    assert [model["id"] for model in whole] == ids()
    back = list_models(POLICY, {"limit": "2", "before_id": "opus"})
    assert ([model["id"] for model in back["data"]], back["has_more"]) == (["haiku", "sonnet"], True)
    assert list_models(POLICY, {"before_id": "haiku"})["has_more"] is False


def test_past_the_last_there_is_nothing() -> None:
    page = list_models(POLICY, {"after_id": ids()[-1]})
    assert (page["data"], page["has_more"], page["first_id"]) == ([], False, None)


@pytest.mark.parametrize(
    ("query", "field"), [({"limit": "0"}, "limit"), ({"limit": "x"}, "limit"), ({"after_id": "gpt-9"}, "after_id")]
)
def test_a_page_that_cannot_be_is_refused(query: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest, match=field):
        list_models(POLICY, query)


def test_a_model_is_told_as_anthropic_tells_it() -> None:
    told = describe_model(POLICY, "claude-haiku-4-5")
    assert told["id"] == "claude-haiku-4-5-20251001"
    assert (told["created_at"], told["line"], told["lifecycle"]) == ("2025-10-15T00:00:00Z", "haiku", "active")
    assert (told["max_input_tokens"], told["max_tokens"]) == (200_000, 64_000)
    assert told["capabilities"]["effort"]["supported"] is False
    assert told["capabilities"]["thinking"]["types"]["enabled"] == {"supported": True}


def test_a_tier_is_its_model_and_auto_the_best_of_them() -> None:
    assert describe_model(POLICY, "opus")["max_tokens"] == 128_000
    assert describe_model(POLICY, "haiku")["display_name"] == "haiku: Claude Haiku 4.5"
    assert describe_model(POLICY, "auto")["max_input_tokens"] == 1_000_000


def test_a_model_that_there_is_not_is_a_404_with_those_that_there_are() -> None:
    with pytest.raises(NotFound, match=r"'gpt-9' is not known here.*auto, haiku, sonnet, opus, claude-haiku-4-5"):
        describe_model(POLICY, "gpt-9")
