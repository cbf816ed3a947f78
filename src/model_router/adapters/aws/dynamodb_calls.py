"""DynamoDB's calls on the path of a request: botocore's signer and botocore's connections, and nothing between them.

An UpdateItem of botocore's client takes 1.1 ms of processor time, of which signing is 0.1 and sending 0.5. The rest
(serialisers, events, endpoint rules, asked anew for every call) every caller would wait for (decision 43).
"""

import json
import os
import random
import socket
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as NotConnectedError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TARGET: Final = "DynamoDB_20120810"
#: What botocore's standard mode tries again: AWS had no time or no room, or no answer came.
_PASSING_STATUS: Final = frozenset((429, 500, 502, 503, 504))
_PASSING_CODES: Final = frozenset(
    (
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    )
)
#: Up to so much: a caller waits for a quarter of a second, and then the record goes to the spool.
_PAUSE_SECONDS: Final = 0.05


class DynamoCalls:
    """Takes what botocore's client takes, in DynamoDB's own form. Gives what DynamoDB answers, and nothing beside it.

    Every call may be sent twice, as it may be there. ClientError, with AWS's code and all that it says: it was refused;
    BotoCoreError: no answer came, or none of DynamoDB's.
    """

    def __init__(self, client: "DynamoDBClient", credentials: Credentials | None) -> None:
        """Calls where `client` would, as often and for as long as its settings say."""
        config: Any = client.meta.config
        self._url = _endpoint(client)
        self._region = client.meta.region_name
        self._credentials = credentials
        self._attempts: int = config.retries["total_max_attempts"]
        self._headers = {"Content-Type": "application/x-amz-json-1.0", "User-Agent": config.user_agent}
        # Without TCP_NODELAY a body waits 40 ms for the acknowledgement of its head.
        connections: Any = {
            "verify": os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or True,
            "proxies": get_environ_proxies(self._url),
            "timeout": (config.connect_timeout, config.read_timeout),
            "max_pool_connections": config.max_pool_connections,
            "socket_options": [
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            ],
        }
        self._http = URLLib3Session(**connections)

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("GetItem", arguments)

    def batch_get_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("BatchGetItem", arguments)

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("PutItem", arguments)

    def update_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("UpdateItem", arguments)

    def delete_item(self, **arguments: Any) -> dict[str, Any]:
        return self._call("DeleteItem", arguments)

    def _call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps(arguments, separators=(",", ":")).encode()
        for retries in range(self._attempts):
            try:
                return _with_retries(self._once(operation, body), retries)
            except (NotConnectedError, HTTPClientError):
                if retries == self._attempts - 1:
                    raise
            except ClientError as error:
                if retries == self._attempts - 1 or not _passes(error):
                    _with_retries(error.response, retries)
                    raise
            time.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - chance, not secrecy
        raise AssertionError("a client makes at least one attempt")

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        if self._credentials is None:
            raise NoCredentialsError
        headers = {**self._headers, "X-Amz-Target": f"{_TARGET}.{operation}"}
        request = AWSRequest("POST", self._url, headers=headers, data=body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "dynamodb", self._region).add_auth(request)
        return _answer(operation, self._http.send(request.prepare()))


def _endpoint(client: "DynamoDBClient") -> str:
    """Where a client's calls go, which it makes out for each: `meta.endpoint_url` knows no rules (FIPS in GovCloud)."""
    try:
        presigned = client.generate_presigned_url("get_item", Params={"TableName": "any", "Key": {}})
    except NoCredentialsError:
        return f"{client.meta.endpoint_url.rstrip('/')}/"
    return urlsplit(presigned)._replace(query="").geturl()


def _answer(operation: str, response: AWSResponse) -> dict[str, Any]:
    status = response.status_code
    try:
        told = json.loads(response.content)
    except ValueError:
        told = None
    if isinstance(told, dict) and status < 300:
        return told
    if status < 300:
        raise HTTPClientError(error=f"{operation} was answered by what is no JSON object")
    # What stands in front of DynamoDB refuses in forms of its own.
    told = told if isinstance(told, dict) else {}
    code = str(told.pop("__type", None) or status).partition(":")[0].rpartition("#")[2]
    message = str(told.pop("message", told.pop("Message", "")))
    error: Any = {**told, "Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    raise ClientError(error, operation)


def _with_retries[Told: Mapping[str, Any]](told: Told, retries: int) -> Told:
    """The answer, with the number of retries where botocore's client has it. None are not worth the field."""
    if not retries:
        return told
    answer: Any = told
    answer.setdefault("ResponseMetadata", {})["RetryAttempts"] = retries
    return told


def _passes(error: ClientError) -> bool:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status in _PASSING_STATUS or error.response["Error"]["Code"] in _PASSING_CODES
