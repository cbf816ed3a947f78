"""All stored data is encrypted at rest and in transit, and logs expire."""

from collections.abc import Iterator
from typing import Any

import pytest

NOT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def of(resources: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id."""
    found = {name: one["Properties"] for name, one in resources.items() if one["Type"] == kind}
    assert found
    return found


def refused_without_tls(resources: dict[str, Any], kind: str, field: str) -> Iterator[str]:
    """The resources whose policy denies everything that does not come by TLS."""
    for properties in of(resources, kind).values():
        statements = properties["PolicyDocument"]["Statement"]
        if any(
            one["Effect"] == "Deny" and one["Condition"] == NOT_TLS and one["Action"].endswith(":*")
            for one in statements
        ):
            named = properties[field]
            yield from (one["Ref"] for one in (named if isinstance(named, list) else [named]))


@pytest.mark.parametrize(
    ("kind", "policy", "field"),
    [("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"), ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues")],
)
def test_buckets_and_queues_take_tls_only(resources: dict[str, Any], kind: str, policy: str, field: str) -> None:
    assert set(refused_without_tls(resources, policy, field)) == set(of(resources, kind))


def test_every_bucket_is_encrypted_and_closed_to_the_public(resources: dict[str, Any]) -> None:
    for properties in of(resources, "AWS::S3::Bucket").values():
        assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_every_queue_and_table_is_encrypted(resources: dict[str, Any]) -> None:
    assert all(queue["SqsManagedSseEnabled"] is True for queue in of(resources, "AWS::SQS::Queue").values())
    assert all(
        table["SSESpecification"]["SSEEnabled"] is True for table in of(resources, "AWS::DynamoDB::Table").values()
    )


def test_every_function_logs_to_a_group_that_forgets(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    groups = of(resources, "AWS::Logs::LogGroup")
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())
    logged = {properties["LoggingConfig"]["LogGroup"]["Ref"] for properties in functions.values()}
    assert logged == {f"{name}Logs" for name in functions}
    assert logged <= set(groups)


def test_no_variable_of_a_function_holds_a_secret(functions: dict[str, Any]) -> None:
    for properties in functions.values():
        for name in properties.get("Environment", {}).get("Variables", {}):
            assert not name.endswith(("_KEY", "_SECRET", "_TOKEN", "_PASSWORD")), name
