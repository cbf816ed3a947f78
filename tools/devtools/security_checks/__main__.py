"""`python -m devtools.security_checks`: exits with 1 on a finding. `licences` writes docs/licences.md."""

import sys

from devtools.security_checks.dependencies import DEPLOYED, LICENCES, NotAudited, licences, not_free, vulnerabilities
from devtools.security_checks.template_findings import ROOT, problems


def main() -> int:
    if sys.argv[1:] == ["licences"]:
        LICENCES.write_text(licences(), encoding="utf-8")
        return 0
    findings = [f"checkov: {line}" for line in problems()]
    findings += [f"licence: {line}" for line in not_free()]
    if LICENCES.read_text(encoding="utf-8") != licences():
        findings.append("docs/licences.md is not current: python -m devtools.security_checks licences")
    for group in DEPLOYED:
        try:
            findings += [f"pip-audit: {line}" for line in vulnerabilities(ROOT / "requirements" / f"{group}.txt")]
        except NotAudited as error:
            print(f"pip-audit: NOT AUDITED from {group}.txt on, since OSV cannot be reached from here: {error}")
            break
    print("\n".join(findings) if findings else "security checks: nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
