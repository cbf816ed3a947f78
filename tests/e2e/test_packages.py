"""What `sam build` put together: each function's own things and no more, compiled for a folder that stays as it is."""

import importlib.util
from pathlib import Path

import pytest

from tests.e2e.sam_local import BUILT

pytestmark = pytest.mark.e2e

#: PEP 552: the flags of a .pyc that is never compared with its source.
UNCHECKED_HASH = 0b01

#: Lambda takes 250 MB unzipped; what is loaded from cold is paid for by every first caller.
ROUTER_LIMIT_MB = 60


@pytest.fixture(scope="module")
def router(docker: None) -> Path:
    return BUILT.parent / "RouterFunction"


@pytest.fixture(scope="module")
def authorizer(docker: None) -> Path:
    return BUILT.parent / "AuthorizerFunction"


def test_the_authorizers_package_holds_its_module_alone(authorizer: Path) -> None:
    sources = {str(path.relative_to(authorizer)) for path in authorizer.rglob("*") if path.is_file()}
    assert {name for name in sources if not name.endswith(".pyc")} == {
        "model_router/__init__.py",
        "model_router/entrypoints/__init__.py",
        "model_router/entrypoints/authorizer.py",
    }


def test_the_routers_package_holds_the_default_rules_and_no_other_functions_handler(router: Path) -> None:
    assert (router / "rules" / "default" / "tasks" / "classification.json").is_file()
    assert (router / "model_router" / "catalog.json").is_file()
    assert not (router / "model_router" / "entrypoints" / "authorizer.py").exists()


def test_the_routers_package_is_slim(router: Path) -> None:
    size = sum(path.stat().st_size for path in router.rglob("*") if path.is_file())
    assert size < ROUTER_LIMIT_MB * 10**6


def test_the_routers_package_has_no_tests_and_no_tools(router: Path) -> None:
    names = {path.name for path in router.iterdir()}
    assert not names & {"tests", "bin", "devtools", "router_cli", "moto", "pytest"}


@pytest.mark.parametrize("function", ["RouterFunction", "AuthorizerFunction"])
def test_every_module_is_compiled_for_the_runtime_and_never_compared_with_its_source(
    function: str, docker: None
) -> None:
    package = BUILT.parent / function
    modules = list(package.rglob("*.py"))
    assert modules
    for module in modules:
        compiled = module.parent / "__pycache__" / f"{module.stem}.cpython-313.pyc"
        head = compiled.read_bytes()[:8]
        assert head[:4] == importlib.util.MAGIC_NUMBER, module
        assert int.from_bytes(head[4:], "little") == UNCHECKED_HASH, module
