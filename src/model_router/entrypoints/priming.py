"""Prepares what SnapStart's snapshot stores for the first request: AWS service descriptions and compiled rules.

No secret, credential or connection is stored: the clients made here have dummy credentials and are thrown away.
"""

import logging
import random
from collections.abc import Callable

import boto3

from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.routing.policy import compile_policy
from model_router.domain.routing.rules_parsing import parse

_SERVICES = ("ssm", "dynamodb", "sqs", "s3")


def register() -> None:
    """Registers hooks with Lambda's runtime: priming before a snapshot, and seeding `random` after each restore.

    The snapshot contains the generator's state: without a new seed, all copies would draw the same jitter.
    """
    try:
        # Only Lambda's runtime has this module.
        from snapshot_restore_py import register_after_restore, register_before_snapshot  # noqa: PLC0415
    except ImportError:
        return
    register_before_snapshot(prime_if_possible)
    register_after_restore(random.seed)


def prime_if_possible() -> None:
    """The hook before a snapshot. An error in it does not prevent the snapshot."""
    try:
        prime()
    except Exception as error:  # noqa: BLE001 - an unprimed snapshot is slower, a failed one would be an outage
        logging.getLogger(__name__).warning("the snapshot is not primed: %s", type(error).__name__)


def prime() -> None:
    make: Callable[..., object] = boto3.client
    for service in _SERVICES:
        make(service, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 - not a secret
    compile_policy(parse(packaged_rules()), packaged_catalog())
