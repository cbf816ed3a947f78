"""How a release takes over: the alias, the alarms that stop it, and what samconfig.toml says for each environment."""

import tomllib
from typing import Any

from tests.template.conftest import ROOT

from devtools.local_stack.template.reader import Template
from devtools.security_checks.conditions import concrete

MOST_ALARMS = 10
"""Of a CodeDeploy deployment group (AWS, "CodeDeploy quotas")."""


def environments() -> dict[str, Any]:
    written = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    return {name: written[name]["deploy"]["parameters"] for name in ("dev", "prod")}


def test_codedeploy_shifts_for_every_value_but_the_default(template: dict[str, Any], functions: dict[str, Any]) -> None:
    preference = functions["RouterFunction"]["DeploymentPreference"]
    declared = template["Parameters"]["Deployment"]
    assert declared["Default"] == "AllAtOnce"
    for value in declared["AllowedValues"]:
        read = Template(template, parameters={"Deployment": value})
        shifts = value != "AllAtOnce"
        assert read.resolve(preference["Enabled"]) == str(shifts).lower()
        assert read.condition("ShiftsTraffic") == shifts
        assert ("DeploymentRole" in concrete(template, {"Deployment": value})["Resources"]) == shifts


def test_the_alarms_that_stop_a_release_are_always_there_and_need_no_hours(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    alarms = [one["Ref"] for one in functions["RouterFunction"]["DeploymentPreference"]["Alarms"]]
    assert 0 < len(alarms) <= MOST_ALARMS
    for name in alarms:
        alarm = resources[name]
        assert (alarm["Type"], "Condition" in alarm) == ("AWS::CloudWatch::Alarm", False)
        metrics = [one["MetricStat"]["Period"] for one in alarm["Properties"].get("Metrics", []) if "MetricStat" in one]
        period = max(metrics, default=alarm["Properties"].get("Period"))
        assert period * alarm["Properties"]["EvaluationPeriods"] <= 15 * 60, name


def test_prod_shifts_a_share_first_and_both_environments_have_tags_for_the_bill() -> None:
    for name, parameters in environments().items():
        assert f"environment={name}" in parameters["tags"]
        assert "application=model-router" in parameters["tags"]
    overrides = {name: parameters["parameter_overrides"] for name, parameters in environments().items()}
    assert "Deployment=Canary10Percent15Minutes" in overrides["prod"]
    assert not [one for one in overrides["dev"] if one.startswith("Deployment=")]


def test_only_prod_is_protected_from_deletion() -> None:
    deploy = (ROOT / "Makefile").read_text().partition("\ndeploy:")[2].partition("\n\n")[0]
    (line,) = [line for line in deploy.splitlines() if "update-termination-protection" in line]
    assert line.strip().startswith("test $(ENV) != prod || ")
