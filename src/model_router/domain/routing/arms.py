"""The canary's arms: which requests are routed, and which go to the baseline tier for comparison."""

import hashlib
import json

from model_router.domain.ledger.record import Arm
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.user_text import user_turns
from model_router.domain.routing.rules import Rollout

__all__ = ["Arm", "arm_of"]

_STEPS = 10_000


def arm_of(request: RouteRequest, rollout: Rollout) -> Arm:
    """The arm of a request that is not pinned, by a hash of salt, client, system and first user text.

    So a conversation stays in its arm, and raising the percentage only adds routed requests.
    """
    if rollout.percent in (0, 100):
        return "routed" if rollout.percent else "control"
    first = next(iter(user_turns(request.body["messages"])), "")
    identity = json.dumps(
        [rollout.salt, request.client, request.body.get("system"), first], sort_keys=True, default=str
    )
    place = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8]) % _STEPS
    return "routed" if place < rollout.percent * _STEPS // 100 else "control"
