"""Options that come as headers, for clients that cannot add to the body."""

from typing import Any

import pytest
from tests.support.samples import SPAM

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.forms import from_count_form, from_messages_form, from_route_form
from model_router.domain.requests.header_options import NO_OPTIONS, HeaderOptions
from model_router.domain.requests.request import RouteRequest

HEADERS = {
    "x-router-task": "review",
    "x-router-min-tier": "sonnet",
    "x-router-max-tier": "opus",
    "x-router-tag-team": "mail",
    "x-router-tag-cost-center": "7",
    "content-type": "application/json",
}
FORMS = {
    "messages": (
        from_messages_form,
        {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": SPAM}]},
    ),
    "count": (from_count_form, {"model": "auto", "messages": [{"role": "user", "content": SPAM}]}),
    "route": (from_route_form, {"prompt": SPAM}),
}


def taken(form: str, headers: dict[str, str], **router: object) -> RouteRequest:
    parse: Any
    body: Any
    parse, body = FORMS[form]
    asked = {**body, **router} if form == "route" else {**body, "router": router}
    request: RouteRequest = parse(asked, client="c", given=HeaderOptions.of(headers))
    return request


@pytest.mark.parametrize("form", FORMS)
def test_headers_set_what_the_body_does_not(form: str) -> None:
    request = taken(form, HEADERS)
    assert (request.task, request.min_tier, request.max_tier) == ("review", "sonnet", "opus")
    assert request.tags == {"team": "mail", "cost-center": "7"}


@pytest.mark.parametrize("form", FORMS)
def test_the_body_wins_field_by_field(form: str) -> None:
    request = taken(form, HEADERS, task="analysis", max_tier="sonnet", tags={"team": "news"})
    assert (request.task, request.min_tier, request.max_tier) == ("analysis", "sonnet", "sonnet")
    assert request.tags == {"team": "news", "cost-center": "7"}


@pytest.mark.parametrize(
    "name", ["x-router-mintier", "x-router-max_tier", "x-router-tag-", "x-router-", "x-router-dry-run"]
)
def test_an_unknown_header_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="not a header of the router"):
        HeaderOptions.of({name: "opus"})


@pytest.mark.parametrize(
    "name", ["x-router-attempt-id", "x-router-cost-usd", "x-router-escalated", "x-router-model", "x-router-tier"]
)
def test_the_headers_of_another_router_are_ignored(name: str) -> None:
    assert HeaderOptions.of({name: "x"}) == NO_OPTIONS


@pytest.mark.parametrize("value", ["x" * 201, "a\nb", "\ud800"])
def test_a_value_that_no_name_may_have_is_refused(value: str) -> None:
    for name in HEADERS.keys() - {"content-type"}:
        with pytest.raises(InvalidRequest, match=name):
            HeaderOptions.of({name: value})


def test_tags_are_limited_together() -> None:
    tags = {f"x-router-tag-{number}": "a" for number in range(10)}
    assert len(taken("messages", tags).tags) == 10
    with pytest.raises(InvalidRequest, match="at most 10, those of the body and of the headers together"):
        taken("messages", tags, tags={"another": "a"})
    with pytest.raises(InvalidRequest, match="at most 100 characters"):
        HeaderOptions.of({f"x-router-tag-{'k' * 101}": "a"})


def test_a_repeated_request_with_other_limits_is_another_one() -> None:
    contexts = {HeaderOptions.of({**HEADERS, "x-router-max-tier": tier}).context() for tier in ("sonnet", "opus")}
    assert len(contexts) == 2
    assert HeaderOptions("review").context() == ()


def test_a_repeated_request_may_have_its_headers_in_another_order() -> None:
    headers = {f"x-router-tag-{key}": key for key in "abc"}
    assert HeaderOptions.of(headers).context() == HeaderOptions.of(dict(reversed(headers.items()))).context()


@pytest.mark.parametrize(
    "stored", ["opus", ["opus"], {"max": "opus"}, {"tags": "a"}, {"min_tier": 7}, {"tags": {"a": 1}}]
)
def test_a_message_with_other_options_is_refused(stored: object) -> None:
    with pytest.raises(InvalidRequest):
        HeaderOptions.from_json(None, stored)
