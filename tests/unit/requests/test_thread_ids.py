"""An id of a thread that this stack did not sign for this client changes nothing, whatever its text is."""

from typing import Any

import pytest

from devtools.fuzz_parsers.hostile_texts import TEXTS
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.thread import Thread
from model_router.domain.requests.thread_ids import message_id_for_client, resumed

KEY = ids_key("salt of this stack")
THREAD = Thread("claude-haiku-4-5", 100, is_closed=True, arm="routed")


def continued(name: Any) -> RouteRequest:
    thread = {"type": "continue", "previous_message_id": name}
    body = {"model": "auto", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}], "thread": thread}
    return from_messages_form(body, client="c")


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_ids_change_nothing(name: str) -> None:
    part = TEXTS[name](300)
    signed = message_id_for_client("msg_1", THREAD, "c", KEY)
    message_id, facts, _ = signed.split(".")
    for text in (part, f"{part}.{facts}", f"{message_id}.{part}", f"{message_id}.{facts}.{part}", f"{signed}{part}"):
        request = continued(text)
        assert resumed(request, KEY) is request


def test_a_signed_id_gives_the_thread() -> None:
    assert resumed(continued(message_id_for_client("msg_1", THREAD, "c", KEY)), KEY).thread == THREAD
