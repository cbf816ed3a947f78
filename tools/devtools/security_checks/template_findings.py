"""checkov over template.yaml, less the exceptions that have a reason."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
SCANNERS = ROOT / ".venv-scanners" / "bin"
_EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")


@dataclass(frozen=True, slots=True)
class Finding:
    """`resource` is a logical id."""

    check: str
    resource: str
    says: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """Findings of one check that are meant, and why."""

    check: str
    resources: tuple[str, ...]
    reason: str

    def covers(self, finding: Finding) -> bool:
        return finding.check == self.check and any(fnmatchcase(finding.resource, name) for name in self.resources)


def problems(template: Path = ROOT / "template.yaml") -> list[str]:
    """A line for each finding without an exception, and for each exception without a finding."""
    return judged(_findings(template), exceptions())


def exceptions() -> list[Allowed]:
    entries: list[dict[str, Any]] = yaml.safe_load(_EXCEPTIONS.read_text(encoding="utf-8"))
    return [Allowed(entry["check"], tuple(entry["resources"]), entry["reason"]) for entry in entries]


def judged(findings: Iterable[Finding], allowed: Iterable[Allowed]) -> list[str]:
    all_findings, known = list(findings), list(allowed)
    new = [one for one in all_findings if not any(entry.covers(one) for entry in known)]
    lines = [f"{one.check} {one.resource}: {one.says}" for one in new]
    unused = (
        f"{entry.check} {name}: the exception in exceptions.yaml matches no finding"
        for entry in known
        for name in entry.resources
        if not any(Allowed(entry.check, (name,), "").covers(one) for one in all_findings)
    )
    return [*lines, *unused]


def _findings(template: Path) -> list[Finding]:
    options = "--framework cloudformation --skip-download -o json"
    command = [str(SCANNERS / "checkov"), "-f", str(template), *options.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    report: dict[str, Any] = json.loads(done.stdout)
    if report["results"]["parsing_errors"]:
        raise ValueError(f"checkov cannot read {report['results']['parsing_errors']}")
    return [
        Finding(one["check_id"], one["resource"].rpartition(".")[2], one["check_name"])
        for one in report["results"]["failed_checks"]
    ]
