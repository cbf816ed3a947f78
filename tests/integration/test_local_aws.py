"""Local AWS over HTTP: what its callers see of the server in front of moto."""

import http.client
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devtools.local_stack.aws.resources import client

pytestmark = pytest.mark.local

BUCKET = "bucket-of-the-server"
NAMES = {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0"}
SIGNED = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
def s3(aws_url: str) -> Any:
    made = client("s3", aws_url)
    made.create_bucket(Bucket=BUCKET)
    return made


def test_a_connection_serves_call_after_call(aws_url: str) -> None:
    connection = http.client.HTTPConnection(aws_url.removeprefix("http://"), timeout=10)
    connection.connect()
    socket = connection.sock
    for _ in range(3):
        connection.request("POST", "/", b"{}", {**NAMES, "authorization": SIGNED})
        answer = connection.getresponse()
        assert (answer.status, b"TableNames" in answer.read()) == (200, True)
        assert answer.headers["x-amz-crc32"]
        assert parsedate_to_datetime(answer.headers["date"]).year >= 2026
        assert connection.sock is socket
    connection.close()


@pytest.mark.parametrize("key", ["a/b.txt", "//two slashes", "ümlaut %2F + ?&=#", "_under_"])
def test_an_object_has_the_key_the_bytes_and_the_metadata_that_it_was_given(s3: Any, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x" * 1000, Metadata={"my_key": "1", "other-key": "2"})
    assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == 1000
    found = s3.get_object(Bucket=BUCKET, Key=key)
    assert (found["Body"].read(), found["Metadata"]) == (b"x" * 1000, {"my_key": "1", "other-key": "2"})
    assert key in [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]


def test_what_is_not_there_is_the_services_own_error(aws_url: str, s3: Any) -> None:
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=BUCKET, Key="none")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("dynamodb", aws_url).describe_table(TableName="none")
    with pytest.raises(ClientError, match="ParameterNotFound"):
        client("ssm", aws_url).get_parameter(Name="/none")


@pytest.fixture(scope="module")
def numbered(aws_url: str) -> Any:
    """A table of three partitions of twelve items, written in no order; the sort key is a number."""
    dynamodb = client("dynamodb", aws_url)
    dynamodb.create_table(
        TableName="numbered",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for place in range(36):
        item = {"pk": {"S": "cab"[place % 3]}, "sk": {"N": str(place * 7 % 36)}}
        dynamodb.put_item(TableName="numbered", Item=item)
    return dynamodb


def sorts(answer: dict[str, Any]) -> list[int]:
    return [int(item["sk"]["N"]) for item in answer["Items"]]


@pytest.mark.parametrize(("partition", "first"), [("c", 0), ("a", 1), ("b", 2), ("none", 36)])
@pytest.mark.parametrize("forward", [True, False])
def test_a_query_sees_its_partition_in_the_sort_keys_order_page_by_page(
    numbered: Any, partition: str, first: int, forward: bool
) -> None:
    expected = list(range(first, 36, 3)) if forward else list(range(first, 36, 3))[::-1]
    asked: dict[str, Any] = {
        "TableName": "numbered",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": partition}},
        "ScanIndexForward": forward,
    }
    assert sorts(numbered.query(**asked)) == expected
    pages = numbered.get_paginator("query").paginate(**asked, PaginationConfig={"PageSize": 5})
    assert [sorts(page) for page in pages][: 3 if expected else 0] == [
        expected[start : start + 5] for start in range(0, len(expected), 5)
    ]
    between = {":pk": {"S": partition}, ":low": {"N": "9"}, ":high": {"N": "20"}}
    ranged = {"KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high", "ExpressionAttributeValues": between}
    assert sorts(numbered.query(**asked | ranged)) == [key for key in expected if 9 <= key <= 20]


def test_a_scan_sees_every_item_once(numbered: Any) -> None:
    pages = numbered.get_paginator("scan").paginate(TableName="numbered", PaginationConfig={"PageSize": 7})
    assert sorted(key for page in pages for key in sorts(page)) == list(range(36))
