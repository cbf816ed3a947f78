"""docs/cli.md says what the commands are: every command and option, and nothing that is not there."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from router_cli.main import main
from router_cli.reference import commands, reference

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"
COMMANDS = dict(commands())


def test_the_page_is_the_one_that_the_commands_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m router_cli.reference > docs/cli.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_on_the_page_with_what_it_does(name: str) -> None:
    [section] = [part for part in PAGE.read_text(encoding="utf-8").split("\n## ") if part.startswith(f"`{name}`")]
    assert COMMANDS[name].help
    for option in COMMANDS[name].params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.name}"
            assert all(f"`{spelling}`" in section for spelling in option.opts)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_a_program_what_it_did(name: str) -> None:
    assert any("--json" in option.opts for option in COMMANDS[name].params)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_there_for_every_command(name: str) -> None:
    result = CliRunner().invoke(main, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_wrong_usage_is_exit_code_2() -> None:
    assert CliRunner().invoke(main, ["audit"]).exit_code == 2
    assert CliRunner().invoke(main, ["no-such-command"]).exit_code == 2
