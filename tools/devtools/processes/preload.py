"""Imported last by a fork server: prepares what its processes would otherwise each read and build again."""

import gc
import importlib
import sys
from typing import Any

_SERVICES = ("dynamodb", "s3", "sns", "sqs", "ssm")


def _read_service_descriptions() -> None:
    """Read botocore's descriptions of the services: megabytes of JSON, which each session and moto read again.

    botocore's loader caches them. Sessions in forked processes use this loader unless AWS_DATA_PATH is set.
    """
    session: Any = importlib.import_module("botocore.session")
    create, loader = session.create_loader, session.create_loader(None)
    session.create_loader = lambda folders=None: loader if folders is None else create(folders)
    for name in ("endpoints", "partitions", "_retry", "sdk-default-configuration"):
        loader.load_data(name)
    for service in _SERVICES:
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")
        if moto := sys.modules.get("moto.core.utils"):
            moto.get_service_model(service)


if "boto3" in sys.modules:
    _read_service_descriptions()
gc.collect()
gc.freeze()  # a collection in a forked process would copy the pages of everything loaded here
