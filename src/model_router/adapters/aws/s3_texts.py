"""Request bodies and answers in S3. The bucket's lifecycle deletes them some time after their execution has expired."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from model_router.adapters.aws.errors import code, raised_as
from model_router.domain.executions.ports import StorageUnavailable, TextTooLarge

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: The function may not list the bucket, so for a missing object S3 answers "access denied".
_MISSING = ("NoSuchKey", "AccessDenied", "403", "404")


class S3Texts:
    """The `TextStore` port over a bucket."""

    def __init__(self, connect: Callable[[], "S3Client"], bucket: str) -> None:
        """`connect` is called on first use: most requests need no S3, and a client takes milliseconds to make."""
        self._connect = connect
        self._bucket = bucket

    def put(self, key: str, text: str) -> None:
        with raised_as(StorageUnavailable):
            self._connect().put_object(Bucket=self._bucket, Key=key, Body=text.encode(), ContentType="application/json")

    def get(self, key: str, at_most: int | None = None) -> str | None:
        with raised_as(StorageUnavailable):
            try:
                response = self._connect().get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if code(error) in _MISSING:
                    return None
                raise
            if at_most is not None and response["ContentLength"] > at_most:
                response["Body"].close()
                raise TextTooLarge
            return response["Body"].read(at_most).decode(errors="replace")

    def upload_url(self, key: str, seconds: int) -> str:
        return self._connect().generate_presigned_url(
            "put_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )
