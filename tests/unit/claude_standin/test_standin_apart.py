"""The stand-in plays the vendor: it shares no fact with the product."""

import ast
from pathlib import Path

from devtools.claude_standin import server


def test_it_imports_nothing_of_the_product() -> None:
    package = Path(server.__file__).parent
    imported = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
    roots = {".".join(name.split(".")[:2]) if name.startswith("devtools") else name.split(".")[0] for name in imported}
    assert "devtools.claude_standin" in roots
    assert not roots & {"model_router", "router_cli", "devtools.local_stack", "anthropic"}
