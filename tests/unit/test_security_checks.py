"""The checks of the template and the dependencies: what fails them, and what is said where nobody can be asked."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from security_checks.dependencies import LICENCES, NotAudited, licences, not_free, vulnerabilities
from security_checks.template_findings import Allowed, Finding, exceptions, judged

MEANT = Allowed("CKV_1", ("*Queue",), "because")


def test_a_finding_without_an_exception_fails() -> None:
    findings = [Finding("CKV_1", "JobsQueue", "x"), Finding("CKV_1", "Table", "y"), Finding("CKV_2", "JobsQueue", "z")]
    assert judged(findings, [MEANT]) == ["CKV_1 Table: y", "CKV_2 JobsQueue: z"]


def test_an_exception_that_nothing_needs_any_more_fails() -> None:
    (line,) = judged([], [MEANT])
    assert line.startswith("CKV_1 *Queue: ")


def test_every_exception_has_a_reason_of_some_words() -> None:
    assert all(len(entry.reason.split()) >= 8 for entry in exceptions())


def test_the_licences_are_listed_and_put_no_duty_on_anybody() -> None:
    assert LICENCES.read_text(encoding="utf-8") == licences()
    assert not_free() == []


def audit(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "") -> list[str]:
    def run(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, stdout, stderr)

    monkeypatch.setattr(subprocess, "run", run)
    return vulnerabilities(Path("x.txt"))


def test_known_vulnerabilities_are_named_with_what_mends_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"id": "CVE-1", "fix_versions": ["2.0"]}
    report = {
        "dependencies": [{"name": "a", "version": "1.0", "vulns": [found]}, {"name": "b", "version": "1", "vulns": []}]
    }
    assert audit(monkeypatch, json.dumps(report)) == ["a 1.0: CVE-1, mended in 2.0"]


def test_what_could_not_be_asked_is_not_taken_for_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAudited, match="no such host"):
        audit(monkeypatch, "", "Traceback\nno such host")
    with pytest.raises(NotAudited, match="nothing is known of a"):
        audit(monkeypatch, json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}]}))
