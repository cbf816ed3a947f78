"""Bodies and answers in S3. The bucket's lifecycle removes them; what must not be read later is refused by its run."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import code, reason
from model_router.domain.executions.ports import StorageUnavailable, TextTooLarge

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: The function may not list the bucket, so S3 says of a missing object that it is forbidden.
_MISSING = ("NoSuchKey", "AccessDenied", "403", "404")


class S3Texts:
    """The `TextStore` port over a bucket."""

    def __init__(self, connect: Callable[[], "S3Client"], bucket: str) -> None:
        """`connect` is called at the first use: most requests need no S3, and a client takes a while to make."""
        self._connect = connect
        self._bucket = bucket

    def put(self, key: str, text: str) -> None:
        try:
            self._connect().put_object(Bucket=self._bucket, Key=key, Body=text.encode(), ContentType="application/json")
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(reason(error)) from error

    def get(self, key: str, at_most: int | None = None) -> str | None:
        try:
            found = self._connect().get_object(Bucket=self._bucket, Key=key)
            if at_most is not None and found["ContentLength"] > at_most:
                found["Body"].close()
                raise TextTooLarge
            return found["Body"].read(at_most).decode(errors="replace")
        except (BotoCoreError, ClientError) as error:
            if code(error) in _MISSING:
                return None
            raise StorageUnavailable(reason(error)) from error

    def upload_url(self, key: str, seconds: int) -> str:
        return self._connect().generate_presigned_url(
            "put_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )
