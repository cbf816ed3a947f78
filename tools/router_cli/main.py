"""The `router` command line."""

import click

from router_cli.app_commands import apps
from router_cli.audit_commands import audit
from router_cli.backtest_commands import backtest
from router_cli.clean_output import CleanGroup
from router_cli.client_commands import clients
from router_cli.explain_commands import explain_request
from router_cli.key_commands import key
from router_cli.preset_commands import preset
from router_cli.recommend_commands import recommend
from router_cli.report_commands import report
from router_cli.rules_commands import rules
from router_cli.session_commands import sessions
from router_cli.spool_commands import replay_spool
from router_cli.version_commands import prune_versions


@click.group(cls=CleanGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Operate a model router: its rules, clients, Claude API key and reports, and analyse logs of Claude calls.

    AWS credentials and region are read from the environment, as by the AWS CLI. AWS_ENDPOINT_URL selects a local stack.

    Exit codes: 0 success, 1 failed or incomplete (the message says why), 2 wrong usage.
    """


main.add_command(rules)
main.add_command(preset)
main.add_command(key)
main.add_command(replay_spool)
main.add_command(clients)
main.add_command(explain_request)
main.add_command(audit)
main.add_command(backtest)
main.add_command(recommend)
main.add_command(report)
main.add_command(apps)
main.add_command(sessions)
main.add_command(prune_versions)
