"""A stack's rules: read and written in Parameter Store, handed to running functions and archived in S3."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import boto3
import click

from model_router.adapters.aws.parameter_store import ParameterStoreRules
from model_router.adapters.aws.shared_rules import S3SharedRules
from model_router.domain.routing.ports import RulesUnavailable
from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.aws import aws_errors
from router_cli.stacks import Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

_ARCHIVE = "rules/"
_DELETED_AT_ONCE = 10


class StoredRules:
    """The rules of one place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._ssm: SSMClient = boto3.client("ssm")

    def read(self) -> dict[str, str]:
        """Name below the path → JSON text, the manifest included."""
        try:
            return dict(ParameterStoreRules(self._ssm, self.place.path).read_set())
        except RulesUnavailable as error:
            raise click.ClickException(f"Cannot read the rules at {self.place.path}: {error}") from None

    def write(self, wanted: Mapping[str, str], changes: list[rule_sets.Change]) -> str:
        """Writes what changed, the manifest last, and archives the whole set. The version that is then in force."""
        manifest = rule_sets.manifest(wanted)
        version = str(json.loads(manifest)["version"])
        with aws_errors(f"pushing to {self.place.path}"):
            for change in changes:
                if change.after is not None:
                    self._put(change.name, change.after)
            removed = [self.place.path + change.name for change in changes if change.after is None]
            for start in range(0, len(removed), _DELETED_AT_ONCE):
                self._ssm.delete_parameters(Names=removed[start : start + _DELETED_AT_ONCE])
            # Archived before it is in force: whatever is in force can be found again.
            self._archive(version, {**wanted, "manifest": manifest})
            self._put("manifest", manifest)
            self._share({**wanted, "manifest": manifest})
        return version

    def shared_version(self) -> str | None:
        """The version that running functions read, or None if that is unknown."""
        found = self._last_good()
        return None if found is None else rule_sets.check(found).rules.version

    def _share(self, parameters: Mapping[str, str]) -> None:
        """Hands a set to running functions, which read one object in S3. They still have the set before it."""
        if self.place.bucket is not None:
            self._shared.publish(dict(parameters), self._last_good())

    def _last_good(self) -> dict[str, str] | None:
        """The newest valid set that running functions can read."""
        if self.place.bucket is None:
            return None
        try:
            shared = self._shared.read()
        except RulesUnavailable:
            return None
        for parameters in (shared.sets if shared else None) or ():
            with suppress(InvalidRules):
                rule_sets.check(parameters)
                return dict(parameters)
        return None

    @property
    def _shared(self) -> S3SharedRules:
        return S3SharedRules(self._s3, self._bucket, self.place.path)

    def versions(self) -> list[str]:
        """The archived versions, oldest first."""
        with aws_errors(f"listing the archive in {self._bucket}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return sorted(key.removeprefix(self._prefix).removesuffix(".json") for key in keys)

    def archived(self, version: str) -> dict[str, str]:
        """The set that was pushed as `version`, less its manifest."""
        with aws_errors(f"reading version {version} from the archive"):
            body = self._s3.get_object(Bucket=self._bucket, Key=f"{self._prefix}{version}.json")["Body"].read()
        parameters: dict[str, str] = json.loads(body)
        return {name: text for name, text in parameters.items() if name != "manifest"}

    def _put(self, name: str, value: str) -> None:
        self._ssm.put_parameter(Name=self.place.path + name, Value=value, Type="String", Overwrite=True)

    def _archive(self, version: str, parameters: Mapping[str, str]) -> None:
        if self.place.bucket is None:
            click.secho(
                "The bucket is unknown, so this rule set is not archived, cannot be rolled back to, and reaches "
                "running functions a minute later.",
                err=True,
            )
            return
        body = json.dumps(parameters, sort_keys=True).encode()
        self._s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}{version}.json", Body=body)

    @property
    def _s3(self) -> "S3Client":
        return boto3.client("s3")

    @property
    def _bucket(self) -> str:
        if self.place.bucket is None:
            raise click.UsageError("The bucket is unknown. Give --bucket or --stack.")
        return self.place.bucket

    @property
    def _prefix(self) -> str:
        return f"{_ARCHIVE}{self.place.path.strip('/').removesuffix('/rules')}/"
