"""What the soak sends."""

from devtools.soak.requests import CHECKED_TASK, HESITANT, KEY_TAG, NUMBER_TAG, SILENT, SoakRequest, soak_request
from model_router.adapters.packaged import packaged_catalog

MANY = [soak_request(1, number) for number in range(3000)]


NAMED = {"auto", "haiku", "sonnet", "opus", *packaged_catalog().ids}


def roles(request: SoakRequest) -> list[str]:
    return [message["role"] for message in request.body.get("messages", [])]


def tags(request: SoakRequest) -> dict[str, str]:
    beside = request.body.get("router", {}) if "messages" in request.body else request.body
    told: dict[str, str] = beside.get("tags", {})
    return told


def test_a_seed_sends_the_same_requests_again() -> None:
    assert [soak_request(1, number) for number in range(3000)] == MANY
    assert [soak_request(2, number) for number in range(50)] != MANY[:50]


def test_every_door_and_kind_is_among_them() -> None:
    assert {request.path for request in MANY} == {"/v1/route", "/v1/messages", "/v1/jobs"}
    streams = [request for request in MANY if request.streams]
    checked = [request for request in streams if request.body.get("router", {}).get("validators")]
    assert len(streams) > len(checked) > 100
    assert any(SILENT in str(request.body) for request in checked)
    left = [request for request in MANY if request.hangs_up_after is not None]
    assert {HESITANT in str(request.body) for request in left} == {True, False}
    assert all(request.streams for request in left)
    assert any(request.stalls for request in left)
    uploads = [request for request in MANY if request.uploads]
    assert {request.path for request in uploads} == {"/v1/jobs"}
    assert {request.path for request in MANY if request.body.get("task") == CHECKED_TASK} == {"/v1/route", "/v1/jobs"}
    keyed = [request for request in MANY if request.key is not None]
    assert {request.path for request in keyed} == {"/v1/route", "/v1/messages", "/v1/jobs"}
    assert {True, False} == {request.streams for request in keyed}


def test_what_newer_clients_send_is_among_them() -> None:
    gzipped = [request for request in MANY if request.gzipped]
    prewarming = [request for request in MANY if request.body.get("max_tokens") == 0]
    reminded = [request for request in MANY if "system" in roles(request)]
    unlisted = [request for request in MANY if request.body.get("model") not in (None, *NAMED)]
    for found in (gzipped, prewarming, reminded, unlisted):
        assert 0.005 < len(found) / len(MANY) < 0.05
    assert {request.path for request in gzipped} == {"/v1/route", "/v1/messages", "/v1/jobs"}
    assert not any(request.streams for request in prewarming)


def test_requests_with_a_key_are_repeated_and_have_it_in_their_tags() -> None:
    keys = [request.key for request in MANY if request.key is not None]
    assert len(set(keys)) == len(keys) > 100
    for request in MANY:
        assert (request.repeats > 0) is (request.key is not None)
        assert tags(request).get(KEY_TAG) == request.key


def test_only_messages_are_streamed() -> None:
    assert {request.path for request in MANY if request.streams} == {"/v1/messages"}


def test_every_request_names_its_number_in_its_tags() -> None:
    assert [tags(request)[NUMBER_TAG] for request in MANY] == [str(number) for number in range(3000)]
