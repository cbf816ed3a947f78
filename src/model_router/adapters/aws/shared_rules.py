"""The S3 object that instances read the rules from. Conditional writes keep an old set from replacing a newer one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from model_router.adapters.aws.errors import code, reason
from model_router.domain.routing.ports import SharedRules, SharedRulesUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FOLDER = "rules-in-force/"
_MISSING = ("NoSuchKey", "404")
_DENIED = ("AccessDenied", "403")
#: Somebody else has written the object, or is writing it.
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


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
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._key)
            content = _Content.model_validate_json(answer["Body"].read())
        except (BotoCoreError, ClientError) as error:
            # The function may not list the bucket, so S3 answers "denied" where there is no object. Whether there is
            # one is known once a write that requires its absence has failed.
            if code(error) in _MISSING or (code(error) in _DENIED and not self._known_to_exist):
                return None
            raise SharedRulesUnavailable(reason(error)) from error
        except ValidationError:
            raise SharedRulesUnavailable(f"{self._key} is not JSON of the expected form") from None
        return SharedRules(content.sets, content.checked_at, answer["ETag"])

    def replace(self, rules: SharedRules, tag: str | None) -> str | None:
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        try:
            return self._put(rules, condition)
        except (BotoCoreError, ClientError) as error:
            if code(error) in (*_LOST, *_MISSING):
                self._known_to_exist = tag is None
                return None
            raise SharedRulesUnavailable(reason(error)) from error

    def publish(self, parameters: dict[str, str], last_good: dict[str, str] | None) -> None:
        """Makes a pushed set the newest, whatever the object holds now. Raises botocore's errors."""
        sets = (parameters,) if last_good is None else (parameters, last_good)
        self._put(SharedRules(sets, datetime.now(UTC)), {})

    def _put(self, rules: SharedRules, condition: dict[str, str]) -> str:
        sets = None if rules.sets is None else tuple(dict(parameters) for parameters in rules.sets)
        body = _Content(checked_at=rules.checked_at, sets=sets)
        answer = self._s3.put_object(
            Bucket=self._bucket,
            Key=self._key,
            Body=body.model_dump_json().encode(),
            ContentType="application/json",
            **condition,  # type: ignore[arg-type]
        )
        return answer["ETag"]
