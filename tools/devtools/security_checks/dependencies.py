"""What is deployed and by whom it may be used: known vulnerabilities (pip-audit, asked of OSV) and licences."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from devtools.security_checks.template_findings import ROOT, SCANNERS

DEPLOYED = ("router", "ledger", "reports", "review")
LICENCES = ROOT / "docs" / "licences.md"
#: Licences without obligations for those who deploy the stack.
_FREE = re.compile(r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Unlicense|0BSD|CNRI", re.IGNORECASE)


#: How `requests` and pip-audit report that the service did not respond.
_UNREACHABLE = re.compile(
    r"\b((Connection|Proxy|SSL|Service)Error|ConnectTimeout|ReadTimeout)\b|Could not connect to OSV"
)


class NotAudited(Exception):
    """The vulnerability service could not be reached. The text says why."""


def vulnerabilities(lock: Path) -> list[str]:
    """A line for each known vulnerability and each package that could not be audited.

    Raises NotAudited if the service is unreachable.
    """
    options = (
        "--vulnerability-service osv --timeout 10 --progress-spinner off --require-hashes --disable-pip --format json"
    )
    command = [str(SCANNERS / "pip-audit"), *options.split(), "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last_line = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:200]
        if _UNREACHABLE.search(done.stderr):
            raise NotAudited(last_line) from None
        return [f"{lock.name} could not be audited: {last_line}"]
    return [line for one in report["dependencies"] for line in _lines(one)]


def _lines(dependency: Mapping[str, Any]) -> list[str]:
    name = dependency["name"]
    if "skip_reason" in dependency:
        return [f"{name}: not audited: {dependency['skip_reason']}"]
    known_and_fixed = [(one["id"], ", ".join(one["fix_versions"]) or "no version") for one in dependency["vulns"]]
    return [f"{name} {dependency['version']}: {known}, fixed in {fixed}" for known, fixed in known_and_fixed]


def licences() -> str:
    """docs/licences.md."""
    written_by = "Of what the deployed packages hold. Made by `python -m devtools.security_checks licences`."
    lines = ["# Licences", "", written_by, ""]
    lines += ["| package | licence |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {licence} |" for name, licence in _licences())]) + "\n"


def not_free() -> list[str]:
    return [f"{name}: {licence}" for name, licence in _licences() if not _FREE.search(licence)]


def _licences() -> Iterator[tuple[str, str]]:
    for name in sorted({name for group in DEPLOYED for name in _locked(ROOT / "requirements" / f"{group}.txt")}):
        try:
            package = metadata(name)
        except PackageNotFoundError:
            continue  # for another system
        classifiers = [
            line.rpartition(" :: ")[2] for line in package.get_all("Classifier") or () if "License ::" in line
        ]
        stated = (package.get("License-Expression") or package.get("License") or "").strip()
        short = stated if stated and len(stated) <= 60 and "\n" not in stated else ""
        told_apart = [licence for licence in (short, ", ".join(classifiers)) if _FREE.search(licence)]
        yield name, next(iter(told_apart), short or "unknown")


def _locked(lock: Path) -> set[str]:
    return set(re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))
