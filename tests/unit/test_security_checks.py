"""The checks of the template and the dependencies: what fails them, and their output without a network."""

import json
import sys
from pathlib import Path

import pytest

from devtools.security_checks import __main__ as security_checks
from devtools.security_checks import dependencies
from devtools.security_checks.dependencies import DEPLOYED, LICENCES, licences, not_free, vulnerabilities
from devtools.security_checks.open_methods import open_methods
from devtools.security_checks.template_findings import ROOT, Allowed, Finding, exceptions, judged

MEANT = Allowed("CKV_1", ("*Queue",), "because")


def test_a_finding_without_an_exception_fails() -> None:
    findings = [Finding("CKV_1", "JobsQueue", "x"), Finding("CKV_1", "Table", "y"), Finding("CKV_2", "JobsQueue", "z")]
    assert judged(findings, [MEANT]) == ["CKV_1 Table: y", "CKV_2 JobsQueue: z"]


def test_an_exception_that_nothing_needs_any_more_fails() -> None:
    (line,) = judged([], [MEANT])
    assert line.startswith("CKV_1 *Queue: ")


def test_every_exception_has_a_reason_of_some_words() -> None:
    assert all(len(entry.reason.split()) >= 8 for entry in exceptions())


def test_the_licences_are_listed_and_none_is_copyleft() -> None:
    assert LICENCES.read_text(encoding="utf-8") == licences()
    assert not_free() == []


def pip_audit(monkeypatch: pytest.MonkeyPatch, folder: Path, stdout: str, stderr: str = "") -> Path:
    """Puts a program in pip-audit's place; what it is called with is in the file that comes back."""
    calls, program = folder / "calls", folder / "pip-audit"
    lines = [f"#!{sys.executable}", "import sys", f"print(*sys.argv[1:], file=open({str(calls)!r}, 'a'))"]
    lines += [f"print({stdout!r})", f"sys.exit({stderr!r})"]
    program.write_text("\n".join(lines), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(dependencies, "SCANNERS", folder)
    return calls


def check(monkeypatch: pytest.MonkeyPatch) -> int:
    """`python -m devtools.security_checks`, less checkov."""
    monkeypatch.setattr(security_checks, "problems", list)
    monkeypatch.setattr(sys, "argv", ["security_checks"])
    return security_checks.main()


FOUND = {"id": "CVE-1", "fix_versions": ["2.0"]}
CLEAN = {"name": "b", "version": "1", "vulns": []}
REPORT = {"dependencies": [{"name": "a", "version": "1.0", "vulns": [FOUND]}, CLEAN]}


def test_a_known_vulnerability_fails_the_check_and_names_the_fixed_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = pip_audit(monkeypatch, tmp_path, json.dumps(REPORT), "Found 1 known vulnerability")
    assert check(monkeypatch) == 1
    assert "pip-audit: a 1.0: CVE-1, fixed in 2.0" in capsys.readouterr().out.splitlines()
    asked = [line.rpartition("--requirement ")[2] for line in calls.read_text(encoding="utf-8").splitlines()]
    assert asked == [str(ROOT / "requirements" / f"{group}.txt") for group in DEPLOYED]


def test_without_a_network_one_line_says_so_and_the_check_continues(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pip_audit(monkeypatch, tmp_path, "", "Traceback\nrequests.exceptions.ConnectionError: no such host")
    assert check(monkeypatch) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "NOT AUDITED" in line]
    assert len(told) == 1
    assert told[0].endswith("no such host")


@pytest.mark.parametrize(
    ("stdout", "stderr", "line"),
    [
        ("", "ERROR:pip_audit._cli:requirement a==1.0 does not contain a hash", "x.txt could not be audited: "),
        ("", "", "x.txt could not be audited: it said nothing"),
        (json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}]}), "", "a: not audited: not found"),
    ],
)
def test_what_was_not_looked_at_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stdout: str, stderr: str, line: str
) -> None:
    pip_audit(monkeypatch, tmp_path, stdout, stderr)
    (found,) = vulnerabilities(Path("x.txt"))
    assert found.startswith(line)


def test_a_method_that_anyone_may_call_is_found() -> None:
    function = {"x-amazon-apigateway-integration": {"type": "aws_proxy"}}
    paths = {
        "/v1/health": {"get": function},
        "/": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}},
        "/v1/keyed": {"post": {**function, "security": [{"key": []}]}},
        "/v1/open": {"post": function},
        "/v1/forgotten": {"post": {**function, "security": [{"other": []}]}},
    }
    body = {"paths": paths, "securityDefinitions": {"key": {}}}
    template = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}}}}
    assert open_methods(template) == [
        "post /v1/open: takes requests without authorization",
        "post /v1/forgotten: the security scheme other is not declared",
    ]
