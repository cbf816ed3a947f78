"""The functions' packages as the Makefile's recipes assemble them; pip, slimming and compiling are left out."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.template.conftest import ROOT

FUNCTIONS = [
    "RouterFunction",
    "AuthorizerFunction",
    "SpoolReplayerFunction",
    "ReaperFunction",
    "DailyTotalsFunction",
    "WeeklyReportFunction",
    "MonthlyReviewFunction",
    "ReconciliationFunction",
]
#: Only in this environment, or optional for botocore (certifi), or part of Lambda's runtime (snapshot-restore-py).
NOT_NEEDED = {"model-router", "setuptools", "certifi", "snapshot-restore-py"}
IMPORT_HANDLER = """
import importlib, sys
from importlib.metadata import packages_distributions

module, name = sys.argv[1].rsplit(".", 1)
assert callable(getattr(importlib.import_module(module), name))
print(*{sys.modules[name].__file__ for name in sys.modules if name == "model_router"})
tops = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(*{dist for top, dists in packages_distributions().items() if top in tops for dist in dists})
"""


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """Function → its package's directory and its recipe."""
    return {name: assemble(name, tmp_path_factory.mktemp(name)) for name in FUNCTIONS}


def assemble(function: str, directory: Path) -> tuple[Path, str]:
    command = ["make", "-n", "-C", str(ROOT), f"build-{function}", f"ARTIFACTS_DIR={directory}"]
    recipe = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in recipe.splitlines():
        if str(directory) in line and " -m " not in line:
            subprocess.run(line, shell=True, cwd=ROOT, check=True)
    return directory, recipe


def requirements(recipe: str) -> set[str]:
    """The normalized names of the distributions that a recipe installs."""
    files = re.findall(r"-r (requirements/\w+\.txt)", recipe)
    return {name.lower() for file in files for name in re.findall(r"(?m)^([\w.-]+)==", (ROOT / file).read_text())}


def test_every_function_is_looked_at(functions: dict[str, Any]) -> None:
    assert set(functions) == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_holds_all_that_its_handler_imports(
    function: str, functions: dict[str, Any], assembled: dict[str, tuple[Path, str]]
) -> None:
    directory, recipe = assembled[function]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_HANDLER, functions[function]["Handler"]],
        env={**environment, "PYTHONPATH": str(directory), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    package, distributions = done.stdout.splitlines()
    assert package == str(directory / "model_router" / "__init__.py")
    imported = {name.lower().replace("_", "-") for name in distributions.split()}
    assert imported - NOT_NEEDED <= requirements(recipe)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_holds_no_other_functions_handler(
    function: str, functions: dict[str, Any], assembled: dict[str, tuple[Path, str]]
) -> None:
    directory, _ = assembled[function]
    handlers = {name: properties["Handler"].removesuffix(".handler") for name, properties in functions.items()}
    present = {name for name, module in handlers.items() if (directory / f"{module.replace('.', '/')}.py").exists()}
    assert present == {function}


def test_only_packages_of_functions_that_write_pages_hold_the_pages(assembled: dict[str, tuple[Path, str]]) -> None:
    pages = {name for name in FUNCTIONS if (assembled[name][0] / "model_router/adapters/report_pages").exists()}
    assert pages == {"WeeklyReportFunction", "MonthlyReviewFunction"}


def test_a_changed_parameter_value_changes_the_routers_package_and_so_publishes_a_version(
    assembled: dict[str, tuple[Path, str]],
) -> None:
    directory, recipe = assembled["RouterFunction"]
    assert "cat template.yaml samconfig.toml | cksum" in recipe
    assert (directory / "configuration.cksum").read_text().strip()


def test_the_functions_that_use_default_rules_have_them(assembled: dict[str, tuple[Path, str]]) -> None:
    with_rules = {name for name in FUNCTIONS if (assembled[name][0] / "rules/default/tiers.json").exists()}
    assert with_rules == {"RouterFunction", "MonthlyReviewFunction"}
