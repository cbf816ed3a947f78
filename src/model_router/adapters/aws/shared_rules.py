"""The S3 object from which instances read the rules. Conditional writes keep an old set from replacing a newer one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from model_router.adapters.aws.errors import code, raised_as
from model_router.domain.routing.ports import SharedRules, SharedRulesUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FOLDER = "rules-in-force/"
_MISSING = ("NoSuchKey", "404")
_DENIED = ("AccessDenied", "403")
#: Another process has written the object, or is writing it.
_CONFLICT = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


class _Content(BaseModel):
    """The object's JSON."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    checked_at: AwareDatetime
    sets: tuple[dict[str, str], ...] | None


def object_key(rules_path: str) -> str:
    """The object's key for a rules path: `/my-stack/rules/` → `rules-in-force/my-stack.json`."""
    return f"{_FOLDER}{rules_path.strip('/').removesuffix('/rules')}.json"


class S3SharedRules:
    """The `SharedRulesStore` port."""

    def __init__(self, s3: "S3Client", bucket: str, rules_path: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._key = object_key(rules_path)
        self._known_to_exist = False

    def read(self) -> SharedRules | None:
        with raised_as(SharedRulesUnavailable):
            try:
                response = self._s3.get_object(Bucket=self._bucket, Key=self._key)
                content = _Content.model_validate_json(response["Body"].read())
            except ClientError as error:
                # The function may not list the bucket, so S3 answers "denied" for a missing object. That there is one
                # is known once a write that requires its absence has failed.
                if code(error) in _MISSING or (code(error) in _DENIED and not self._known_to_exist):
                    return None
                raise
            except ValidationError:
                raise SharedRulesUnavailable(f"{self._key} is not JSON of the expected form") from None
        return SharedRules(content.sets, content.checked_at, response["ETag"])

    def replace(self, rules: SharedRules, tag: str | None) -> str | None:
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        with raised_as(SharedRulesUnavailable):
            try:
                return self._put(rules, condition)
            except ClientError as error:
                if code(error) in (*_CONFLICT, *_MISSING):
                    self._known_to_exist = tag is None
                    return None
                raise

    def publish(self, parameters: dict[str, str], last_good: dict[str, str] | None) -> None:
        """Writes a pushed set unconditionally. Raises botocore's errors."""
        sets = (parameters,) if last_good is None else (parameters, last_good)
        self._put(SharedRules(sets, datetime.now(UTC)), {})

    def _put(self, rules: SharedRules, condition: dict[str, str]) -> str:
        sets = None if rules.sets is None else tuple(dict(parameters) for parameters in rules.sets)
        body = _Content(checked_at=rules.checked_at, sets=sets)
        response = self._s3.put_object(
            Bucket=self._bucket,
            Key=self._key,
            Body=body.model_dump_json().encode(),
            ContentType="application/json",
            **condition,  # type: ignore[arg-type]
        )
        return response["ETag"]
