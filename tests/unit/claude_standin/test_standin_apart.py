"""The stand-in plays the vendor: it shares no fact with the product."""

import ast
from pathlib import Path

from claude_standin import server


def test_it_imports_nothing_of_the_product() -> None:
    package = Path(server.__file__).parent
    imported = set()
    for path in package.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert "claude_standin" in imported
    assert not imported & {"model_router", "router_cli", "local_stack", "anthropic"}
