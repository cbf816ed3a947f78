"""Wires RouterFunction: adapters into services, once per sandbox, on first use."""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import boto3
from botocore.config import Config

from model_router.adapters.aws.claude_api_key import ClaudeApiKey
from model_router.adapters.aws.dynamodb_budgets import DynamoBudgets
from model_router.adapters.aws.dynamodb_executions import DynamoExecutions
from model_router.adapters.aws.lambda_checks import LambdaChecks
from model_router.adapters.aws.parameter_store import ParameterStoreRules
from model_router.adapters.aws.s3_texts import S3Texts
from model_router.adapters.aws.shared_rules import S3SharedRules
from model_router.adapters.aws.sqs import SqsJobs, SqsSpool
from model_router.adapters.claude import AnthropicClaude
from model_router.adapters.clock import SystemClock
from model_router.adapters.ledger.feedback import DynamoFeedback
from model_router.adapters.ledger.store import DynamoLedger
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.adapters.settings import RouterSettings
from model_router.adapters.telemetry import PowertoolsTelemetry
from model_router.domain.calls.ports import ClaudeModels
from model_router.domain.keyed_ids import ids_key
from model_router.runtime.after_answer import after_answer
from model_router.services.budgets.admission import BudgetAdmission
from model_router.services.count_tokens import CountTokensService
from model_router.services.jobs.accept_job import AcceptJobService
from model_router.services.jobs.execute_job import ExecuteJobService
from model_router.services.jobs.execution_storage import ExecutionStorage
from model_router.services.jobs.idempotency import Idempotency
from model_router.services.read_request import ReadRequestService
from model_router.services.request_path.answer_checks import CustomChecks
from model_router.services.request_path.ledger_writer import LedgerWriter
from model_router.services.route_request import RouteRequestService
from model_router.services.rules_source import RulesSource
from model_router.services.take_feedback import TakeFeedbackService

# Callers wait for these calls, so they get little time and one retry. LedgerWriter bounds the wait itself; these limits
# free the thread and the connection of an abandoned call.
LEDGER_CONFIG = Config(
    connect_timeout=1,
    read_timeout=1,
    # Before DynamoDB's second attempt, "legacy" pauses for 50 ms and "standard" for up to a second.
    retries={"total_max_attempts": 2, "mode": "legacy"},
    tcp_keepalive=True,
    parameter_validation=False,  # the code below builds every parameter; validating them is a quarter of a call's cost
    user_agent="model-router",  # botocore builds its own twice per call
)
# One short call each: RulesSource and ClaudeApiKey retry by themselves, within a request's time.
_RULES_CONFIG = Config(connect_timeout=0.5, read_timeout=0.5, retries={"total_max_attempts": 1, "mode": "standard"})

# LambdaChecks gives each call a deadline; these limits free the connection of a call that was given up.
_CHECKS_CONFIG = Config(connect_timeout=2, read_timeout=61, retries={"total_max_attempts": 1, "mode": "standard"})


@dataclass(frozen=True, slots=True)
class RouterFunction:
    """What the entrypoints use."""

    settings: RouterSettings
    rules: RulesSource
    route: RouteRequestService
    requests: ReadRequestService
    count: CountTokensService
    feedback: TakeFeedbackService
    idempotency: Idempotency
    jobs: AcceptJobService
    execute_job: ExecuteJobService
    job_queue: SqsJobs
    models: ClaudeModels
    telemetry: PowertoolsTelemetry
    catalog_date: str


@cache
def router_function() -> RouterFunction:
    settings = RouterSettings.read()
    clock = SystemClock()
    telemetry = PowertoolsTelemetry()
    catalog = packaged_catalog()
    ssm = boto3.client("ssm", config=_RULES_CONFIG)
    dynamodb = boto3.client("dynamodb", config=LEDGER_CONFIG)
    ledger = DynamoLedger(dynamodb, settings.ledger_table)
    budgets = BudgetAdmission(DynamoBudgets(dynamodb, settings.budgets_table), telemetry, clock)
    rules = RulesSource(
        edited=ParameterStoreRules(ssm, settings.rules_path),
        packaged=packaged_rules,
        catalog=catalog,
        telemetry=telemetry,
        clock=clock,
        cache_seconds=settings.rules_cache_seconds,
        shared=_shared_rules(settings),
        ids_key=ids_key(settings.ids_salt),
    )
    sqs = boto3.client("sqs", config=LEDGER_CONFIG)
    ledger_writer = LedgerWriter(ledger, telemetry, SqsSpool(sqs, settings.spool_queue_url))
    api_key = ClaudeApiKey(ssm, settings.claude_api_key_parameter, clock)
    claude = AnthropicClaude(api_key, settings.base_url, settings.workspace_id)
    checks = CustomChecks(LambdaChecks(lambda: boto3.client("lambda", config=_CHECKS_CONFIG)), clock, telemetry)
    route = RouteRequestService(
        rules, claude, ledger_writer, telemetry, clock, budgets=budgets, checks=checks, after_answer=after_answer
    )
    executions = _execution_storage(settings, DynamoExecutions(dynamodb, settings.runs_table), telemetry, clock)
    idempotency = Idempotency(executions)
    job_queue = SqsJobs(sqs, settings.jobs_queue_url)
    return RouterFunction(
        settings=settings,
        rules=rules,
        route=route,
        idempotency=idempotency,
        jobs=AcceptJobService(executions, job_queue),
        execute_job=ExecuteJobService(executions, route, idempotency, ledger),
        job_queue=job_queue,
        requests=ReadRequestService(ledger, clock),
        feedback=TakeFeedbackService(DynamoFeedback(dynamodb, settings.ledger_table), clock),
        count=CountTokensService(rules, claude, clock),
        models=claude,
        telemetry=telemetry,
        catalog_date=catalog.date.isoformat(),
    )


def _shared_rules(settings: RouterSettings) -> S3SharedRules:
    s3 = boto3.client("s3", config=_RULES_CONFIG.merge(_addressing(settings)))
    return S3SharedRules(s3, settings.rules_bucket, settings.rules_path)


def _addressing(settings: RouterSettings) -> Config:
    """Virtual addressing makes presigned URLs name the bucket's region. Local AWS has no host names for buckets."""
    return Config(s3={"addressing_style": "path" if settings.aws_endpoint_url else "virtual"})


def _execution_storage(
    settings: RouterSettings, executions: DynamoExecutions, telemetry: PowertoolsTelemetry, clock: SystemClock
) -> ExecutionStorage:
    config = Config(
        connect_timeout=2,
        read_timeout=10,
        retries={"total_max_attempts": 3, "mode": "standard"},
        signature_version="s3v4",
    ).merge(_addressing(settings))
    texts = S3Texts(cache(lambda: boto3.client("s3", config=config)), settings.jobs_bucket)
    retention = timedelta(days=settings.answers_kept_days)
    return ExecutionStorage(executions, texts, telemetry, clock, os.urandom, retention)
