"""What a snapshot keeps of the first request: descriptions of the AWS services, compiled rules. SnapStart restores it.

No secret, credential or connection: the clients made here are thrown away, and know no credentials of the function's.
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
    """Primes before a snapshot is taken, where Lambda's runtime takes one, and seeds `random` in each restored copy.

    The snapshot holds the generator's state: copies would all draw the same jitter, and act at the same moments.
    """
    try:
        # It comes with Lambda's runtime alone.
        from snapshot_restore_py import register_after_restore, register_before_snapshot  # noqa: PLC0415
    except ImportError:
        return
    register_before_snapshot(prime_if_possible)
    register_after_restore(random.seed)


def prime_if_possible() -> None:
    """The hook. Whatever fails in it, the snapshot is taken."""
    try:
        prime()
    except Exception as error:  # noqa: BLE001 - a snapshot that keeps less is slower, and none would be an outage
        logging.getLogger(__name__).warning("the snapshot is taken unprimed: %s", type(error).__name__)


def prime() -> None:
    make: Callable[..., object] = boto3.client
    for service in _SERVICES:
        make(service, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106 - not a secret
    compile_policy(parse(packaged_rules()), packaged_catalog())
