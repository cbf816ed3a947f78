"""Functions: their runtime, environment, logs and published version."""

from pathlib import Path
from typing import Any

from model_router.adapters.settings import ReconciliationSettings, RouterSettings

ROOT = Path(__file__).parents[2]

ROUTER_VARIABLES = {
    "LEDGER_TABLE": {"Ref": "LedgerTable"},
    "BUDGETS_TABLE": {"Ref": "BudgetsTable"},
    "SPOOL_QUEUE_URL": {"Ref": "SpoolQueue"},
    "RUNS_TABLE": {"Ref": "RunsTable"},
    "JOBS_BUCKET": {"Ref": "JobsBucket"},
    "JOBS_QUEUE_URL": {"Ref": "JobsQueue"},
    "JOBS_DELIVERIES": "5",
    "ANSWERS_KEPT_DAYS": {"Ref": "AnswersKeptDays"},
    "RULES_PATH": {"Fn::Sub": "/${AWS::StackName}/rules/"},
    "RULES_BUCKET": {"Ref": "ReportsBucket"},
    "RULES_CACHE_SECONDS": {"Ref": "RulesCacheSeconds"},
    "IDS_SALT": {
        "Fn::If": ["HasIdsSalt", {"Ref": "IdsSalt"}, {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]
    },
    "CLAUDE_API_KEY_PARAMETER": {"Fn::Sub": "/${AWS::StackName}/secrets/claude-api-key"},
    "CLAUDE_PROVIDER": {"Ref": "Provider"},
    "CLAUDE_WORKSPACE_ID": {"Ref": "WorkspaceId"},
    "CLAUDE_BASE_URL": {"Ref": "ClaudeBaseUrl"},
    "GATEWAY_TIMEOUT_SECONDS": {"Fn::If": ["Streams", 900, {"Ref": "IntegrationTimeoutSeconds"}]},
    "CORS_ALLOWED_ORIGINS": {"Ref": "CorsAllowedOrigins"},
    "AWS_LAMBDA_EXEC_WRAPPER": {"Fn::If": ["Streams", "/var/task/model_router/runtime/start", ""]},
    "AWS_ENDPOINT_URL": {"Ref": "AwsEndpointUrl"},
    "POWERTOOLS_SERVICE_NAME": "model-router",
    "POWERTOOLS_METRICS_NAMESPACE": {"Fn::Sub": "ModelRouter/${AWS::StackName}"},
    "POWERTOOLS_LOG_LEVEL": "INFO",
}


def test_router_function_gets_exactly_the_settings_that_it_reads(functions: dict[str, Any]) -> None:
    assert functions["RouterFunction"]["Environment"]["Variables"] == ROUTER_VARIABLES


def test_their_names_are_those_of_the_settings_and_of_the_libraries(functions: dict[str, Any]) -> None:
    settings = {field.alias for field in RouterSettings.model_fields.values()}
    libraries = {name for name in ROUTER_VARIABLES if name.startswith(("AWS_", "POWERTOOLS_"))}
    assert functions["RouterFunction"]["Environment"]["Variables"].keys() == settings | libraries


def test_the_reconciliation_function_gets_exactly_the_settings_that_it_reads(functions: dict[str, Any]) -> None:
    given = functions["ReconciliationFunction"]["Environment"]["Variables"].keys()
    settings = {field.alias for field in ReconciliationSettings.model_fields.values()}
    assert {name for name in given if not name.startswith(("AWS_", "POWERTOOLS_"))} == settings


def test_the_authorizer_needs_no_settings(functions: dict[str, Any]) -> None:
    assert "Environment" not in functions["AuthorizerFunction"]


def test_the_defaults_of_the_settings(template: dict[str, Any]) -> None:
    defaults = {name: found["Default"] for name, found in template["Parameters"].items()}
    assert defaults["RulesCacheSeconds"] == 60
    assert defaults["IntegrationTimeoutSeconds"] == 29
    assert defaults["ClaudeBaseUrl"] == "https://api.anthropic.com"
    assert defaults["AwsEndpointUrl"] == ""
    assert defaults["Architecture"] == "arm64"


def test_every_function_runs_python_3_13_on_the_chosen_architecture_built_by_make(
    template: dict[str, Any], resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    shared = template["Globals"]["Function"]
    assert shared["Runtime"] == "python3.13"
    assert shared["Architectures"] == [{"Ref": "Architecture"}]
    makefile = (ROOT / "Makefile").read_text()
    for name, properties in functions.items():
        assert not {"Runtime", "Architectures"} & properties.keys(), name
        assert resources[name]["Metadata"] == {"BuildMethod": "makefile"}
        assert f"\nbuild-{name}:" in makefile


def test_every_handler_is_in_the_source_tree_or_is_the_routers(functions: dict[str, Any]) -> None:
    handlers = {name: properties["Handler"] for name, properties in functions.items()}
    assert handlers == {
        "RouterFunction": "model_router.entrypoints.router.handler",
        "AuthorizerFunction": "model_router.entrypoints.authorizer.handler",
        "SpoolReplayerFunction": "model_router.entrypoints.functions.spool_replayer.handler",
        "ReaperFunction": "model_router.entrypoints.functions.reaper.handler",
        "DailyTotalsFunction": "model_router.entrypoints.functions.daily_totals.handler",
        "WeeklyReportFunction": "model_router.entrypoints.functions.weekly_report.handler",
        "ReconciliationFunction": "model_router.entrypoints.functions.reconciliation.handler",
        "MonthlyReviewFunction": "model_router.entrypoints.functions.monthly_review.handler",
    }


def test_every_function_logs_json_to_a_group_of_its_own_with_retention(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    for name, properties in functions.items():
        assert properties["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": f"{name}Logs"}}
    groups = {name: found for name, found in resources.items() if found["Type"] == "AWS::Logs::LogGroup"}
    assert groups.keys() == {f"{name}Logs" for name in functions} | {"ApiAccessLogs"}
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_snapstart_is_set_only_where_a_version_is_published(functions: dict[str, Any]) -> None:
    snapped = {name for name, properties in functions.items() if "SnapStart" in properties}
    assert snapped == {"RouterFunction"}
    router = functions["RouterFunction"]
    assert router["SnapStart"] == {"ApplyOn": {"Fn::If": ["HasSnapshot", "PublishedVersions", "None"]}}
    assert router["AutoPublishAlias"] == "live"
    assert router["AutoPublishAliasAllProperties"] is True


def test_a_deployment_deletes_no_version_that_requests_may_be_running_on(functions: dict[str, Any]) -> None:
    assert functions["RouterFunction"]["VersionDeletionPolicy"] == "Retain"
    deploy = (ROOT / "Makefile").read_text().partition("\ndeploy:")[2].partition("\n\n")[0]
    assert deploy.index("$(SAM) deploy") < deploy.index("router prune-versions --stack $(STACK)")


def test_an_asynchronous_invocation_is_never_run_twice_by_lambda(functions: dict[str, Any]) -> None:
    config = functions["RouterFunction"]["EventInvokeConfig"]
    assert config["MaximumRetryAttempts"] == 0
    queue = {"Fn::GetAtt": ["FailedInvocationsQueue", "Arn"]}
    assert config["DestinationConfig"] == {"OnFailure": {"Type": "SQS", "Destination": queue}}


def test_the_function_may_run_longer_than_the_gateway_waits(template: dict[str, Any]) -> None:
    parameters = template["Parameters"]
    assert parameters["TimeoutSeconds"]["Default"] > parameters["IntegrationTimeoutSeconds"]["Default"]
    assert parameters["TimeoutSeconds"]["MaxValue"] == 900


def test_the_wrapper_is_in_the_package_and_executable(functions: dict[str, Any]) -> None:
    _, named, _ = functions["RouterFunction"]["Environment"]["Variables"]["AWS_LAMBDA_EXEC_WRAPPER"]["Fn::If"]
    wrapper = ROOT / "src" / Path(named).relative_to("/var/task")
    assert wrapper.stat().st_mode & 0o111 == 0o111
    assert wrapper.read_text().startswith("#!/bin/sh\n")
