"""What is deployed and by whom it may be used: known vulnerabilities (pip-audit, asked of OSV) and licences."""

import json
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from security_checks.template_findings import ROOT, SCANNERS

DEPLOYED = ("router", "ledger", "reports", "review")
LICENCES = ROOT / "docs" / "licences.md"
#: Those that put no duty on whoever deploys the stack.
_FREE = re.compile(r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Unlicense|0BSD|CNRI", re.IGNORECASE)


class NotAudited(Exception):
    """The vulnerability service could not be asked. The text says why."""


def vulnerabilities(lock: Path) -> list[str]:
    """A line for each known one. NotAudited where nobody can be asked."""
    command = [
        str(SCANNERS / "pip-audit"),
        "--vulnerability-service",
        "osv",
        "--timeout",
        "10",
        "--progress-spinner",
        "off",
    ]
    command += ["--require-hashes", "--disable-pip", "--format", "json", "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().splitlines()[-1:] or ["no answer"]
        raise NotAudited(last[0][:200]) from None
    skipped = [one["name"] for one in report["dependencies"] if "skip_reason" in one]
    if skipped:
        raise NotAudited(f"nothing is known of {', '.join(skipped[:5])} and {len(skipped)} in all")
    return [
        f"{one['name']} {one['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version'}"
        for one in report["dependencies"]
        for found in one["vulns"]
    ]


def licences() -> str:
    """docs/licences.md."""
    lines = ["# Licences", "", "Of what the deployed packages hold. Made by `python -m security_checks licences`.", ""]
    lines += ["| package | licence |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {licence} |" for name, licence in _licences())]) + "\n"


def not_free() -> list[str]:
    return [f"{name}: {licence}" for name, licence in _licences() if not _FREE.search(licence)]


def _licences() -> Iterator[tuple[str, str]]:
    for name in sorted({name for group in DEPLOYED for name in _locked(ROOT / "requirements" / f"{group}.txt")}):
        try:
            told = metadata(name)
        except PackageNotFoundError:
            continue  # for another system
        classifiers = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if "License ::" in line]
        stated = (told.get("License-Expression") or told.get("License") or "").strip()
        short = stated if stated and len(stated) <= 60 and "\n" not in stated else ""
        told_apart = [found for found in (short, ", ".join(classifiers)) if _FREE.search(found)]
        yield name, next(iter(told_apart), short or "unknown")


def _locked(lock: Path) -> set[str]:
    return set(re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))
