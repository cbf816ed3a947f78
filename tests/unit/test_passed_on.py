from model_router.entrypoints.passed_on import api_headers


def test_anthropics_headers_go_upstream_and_no_others() -> None:
    sent = {
        "Anthropic-Version": "2026-10-21",
        "anthropic-beta": "a,b",
        "anthropic-new-thing": "1",
        "x-api-key": "secret",
        "authorization": "Bearer secret",
        "cookie": "c",
        "x-stainless-lang": "python",
        "anthropic-workspace-id": "w",
        "anthropic-organization-id": "o",
        "anthropic-dangerous-direct-browser-access": "true",
    }
    assert api_headers(sent) == {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "a,b",
        "anthropic-new-thing": "1",
    }


def test_a_header_that_came_several_times_is_joined() -> None:
    repeated = {"anthropic-beta": ["a", "b"], "anthropic-version": ["2023-06-01"]}
    assert api_headers({"anthropic-beta": "b"}, repeated)["anthropic-beta"] == "a,b"


def test_a_request_without_a_version_is_of_the_first() -> None:
    assert api_headers(None, None) == {"anthropic-version": "2023-06-01"}
    assert api_headers({"anthropic-version": ""}) == {"anthropic-version": "2023-06-01"}
