"""`python -m devtools.security_checks.transformed_template`: exits with 1 on a finding. Runs in .venv-sam.

SAM's source hides from linters what its translator generates, such as which resources depend on which. cfn-lint and
AWS's cloudformation-validate therefore check the translator's result: with its conditions, and as it is deployed for
sets of parameters that decide each condition both ways. In each of these, every method must demand authorization.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cloudformation_validate import CompositeEngine
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from devtools.local_stack.template.reader import Document, load_template
from devtools.security_checks.conditions import concrete, few_choices, require_both_ways
from devtools.security_checks.open_methods import open_methods

_TEMPLATE = Path(__file__).resolve().parents[3] / "template.yaml"
_PACKAGE = "s3://bucket/package"
_SEVERE = ("FATAL", "ERROR")
_ANY = (*_SEVERE, "WARN")
#: What the validator says of the template before its conditions are decided: each of the API's preflights has one, and
#: it tries their combinations; and a resource that is there only with a parameter gets that parameter's empty default.
#: The decided templates, which are checked as well, have neither.
_UNDECIDED = ("W9052", "W1030")
#: SAM gives the version that it generates a deletion policy alone. Resources with data have both: tests/template.
_ONE_POLICY = "W3011"
#: A parameter that only a condition reads is not used any more once the conditions are decided, nor a mapping that SAM
#: reads.
_UNUSED = ("W2001", "W7001")
_ACCEPTED = (*_UNDECIDED, *_UNUSED, _ONE_POLICY)


def transform(template: Document, parameters: Mapping[str, str]) -> Document:
    """The result of SAM's translator, which takes only packages that are in S3.

    It reads the parameters' values itself where what it makes depends on them (`Deployment`).
    """
    for properties in (template["Globals"]["Function"], *_function_properties(template)):
        properties["CodeUri"] = _PACKAGE
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns about metrics of its own
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    transformed: Document = Translator({}, Parser()).translate(template, dict(parameters))
    return transformed


def _function_properties(template: Document) -> list[Document]:
    resources = template["Resources"].values()
    return [one["Properties"] for one in resources if one["Type"] == "AWS::Serverless::Function"]


def main() -> int:
    transformed = transform(load_template(_TEMPLATE), {})
    require_both_ways(transformed)
    deployed = {"-".join(choice) or "defaults": _deployed(choice) for choice in few_choices()}
    findings = [f"{name}: {line}" for name, template in deployed.items() for line in open_methods(template)]
    with TemporaryDirectory() as made:
        whole = _written(Path(made) / "transformed.json", transformed)
        each = [_written(Path(made) / f"{name}.json", template) for name, template in deployed.items()]
        findings += [*_validate(whole, severities=_ANY), *(line for one in each for line in _validate(one))]
        findings += [*_cfn_lint(whole), *_cfn_lint(each[0], each[-1])]
    print("\n".join(findings) if findings else "transformed template: nothing found")
    return 1 if findings else 0


def _deployed(parameters: Mapping[str, str]) -> Document:
    return concrete(transform(load_template(_TEMPLATE), parameters), parameters)


def _written(path: Path, template: Document) -> Path:
    path.write_text(json.dumps(template, indent=1), encoding="utf-8")
    return path


def _validate(path: Path, *, severities: Collection[str] = _SEVERE) -> list[str]:
    report = _engine().validate_template(path)
    diagnostics = [
        one for one in report.diagnostics if one.severity.name in severities and one.rule_id not in _ACCEPTED
    ]
    return [f"cloudformation-validate: {path.stem}: {one.rule_id} {one.message}" for one in diagnostics]


@cache
def _engine() -> CompositeEngine:
    return CompositeEngine()


def _cfn_lint(*paths: Path) -> list[str]:
    program = Path(sys.executable).with_name("cfn-lint")
    command: list[str | Path] = [program, "--ignore-checks", *_UNUSED, "--format", "parseable", "--", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"cfn-lint: {line}" for line in (done.stdout + done.stderr).splitlines()] if done.returncode else []


if __name__ == "__main__":
    sys.exit(main())
