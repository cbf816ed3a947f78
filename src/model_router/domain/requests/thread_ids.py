"""The ids under which clients continue message threads.

A client continues a thread from the id of its last message. The id that a routed request's client gets carries what
the next turn needs: the model that holds the thread, its length, and what its first request belongs to. It is signed
with the stack's key, for the client, so nothing is stored, and no client can continue another's thread or change its
length.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import astuple, replace
from hmac import compare_digest

from model_router.domain.keyed_ids import keyed_id
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.thread import Thread, thread_kind

_SIGN = "thr"
_LONGEST_ID = 1_000
#: Claude's id, which has dots of its own if another router made it; the facts; the signature.
_PARTS = 3


def message_id_for_client(message_id: str, thread: Thread, client: str, key: bytes) -> str:
    """The id of a message, with what `resumed` reads from it."""
    facts = urlsafe_b64encode(json.dumps(astuple(thread), separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{message_id}.{facts}.{_signature(message_id, facts, client, key)}"


def resumed(request: RouteRequest, key: bytes) -> RouteRequest:
    """A request that continues a thread, with the thread and with Claude's own id of the message.

    Other requests, and those whose id this stack did not sign for this client, are returned unchanged.
    """
    if thread_kind(request.body) != "continue" or not key:
        return request
    name = request.body["thread"].get("previous_message_id")
    parts = name.rsplit(".", 2) if isinstance(name, str) and len(name) <= _LONGEST_ID else []
    if len(parts) != _PARTS:
        return request
    message_id, facts, signature = parts
    if not (signature.isascii() and compare_digest(signature, _signature(message_id, facts, request.client, key))):
        return request
    try:
        thread = Thread(*json.loads(urlsafe_b64decode(facts + "=" * (-len(facts) % 4))))
    except TypeError:  # signed by a release with other facts
        return request
    body = {**request.body, "thread": {**request.body["thread"], "previous_message_id": message_id}}
    return replace(request, body=body, thread=thread)


def _signature(message_id: str, facts: str, client: str, key: bytes) -> str:
    return keyed_id(_SIGN, key, client, message_id, facts).removeprefix(f"{_SIGN}_")
