"""The table of clients in docs/clients.md: what each client does through the router.

`python -m tests.e2e.client_table` runs every client against a local stack, with the stand-in, and writes
`tests/support/client_table.json`; `python -m tests.support.client_page` then prints the page. `make e2e` compares.
"""

import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.local_stack.stack import LocalStack, StackOptions
from tests.support.client_page import CLIENTS, FEATURES

ROOT = Path(__file__).parents[2]
_SECONDS = 240
_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its script, the environment that runs it (`node` or a folder), its base URL and its model."""

    name: str
    environment: str
    script: str
    base_url: str = "the URL"
    model: str = "auto"


WITH_VERSION = "the URL and `/v1`"
ALL = (
    Client("Anthropic's Python SDK", ".venv", "anthropic_sdk.py"),
    Client("Anthropic's Python SDK 1", ".venv-sdk1", "anthropic_sdk.py"),
    Client("Anthropic's Python SDK 0", ".venv-sdk0", "anthropic_sdk.py"),
    Client("Anthropic's TypeScript SDK", "node", "anthropic_sdk.mjs"),
    Client("LangChain", ".venv-langchain", "langchain_client.py"),
    Client("LangChain.js", "node", "langchain_client.mjs"),
    Client("Vercel AI SDK", "node", "vercel_client.mjs", WITH_VERSION),
    Client("pydantic-ai", ".venv-frameworks", "pydantic_ai_client.py"),
    Client("Haystack", ".venv-frameworks", "haystack_client.py"),
    Client("instructor", ".venv-instructor", "instructor_client.py"),
    Client("LiteLLM", ".venv-litellm", "litellm_client.py", model="anthropic/claude-auto"),
    Client("OpenAI Agents, via LiteLLM", ".venv-litellm", "openai_agents_client.py", model="anthropic/claude-auto"),
    Client("DSPy", ".venv-litellm", "dspy_client.py", WITH_VERSION, "anthropic/claude-auto"),
    Client("llm", ".venv-llm", "llm_client.py", model="claude-auto"),
)


def run_all(url: str) -> list[dict[str, Any]]:
    """A row for each client: its name, version, base URL and model, and its features. Raises for a failed script."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda client: _run(client, url), ALL))


def _run(client: Client, url: str) -> dict[str, Any]:
    in_node = client.environment == "node"
    folder = ROOT / "tests/e2e" / ("typescript" if in_node else "clients")
    program = shutil.which("node") if in_node else str(ROOT / client.environment / "bin/python")
    told = {"ROUTER_URL": url, "NO_PROXY": "127.0.0.1,localhost", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [program or "node", client.script],
        cwd=folder,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{client.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    found = json.loads(done.stdout.strip().rpartition("\n")[2])
    features = {name: found["features"].get(name, "–") for name in FEATURES}
    row = {"client": client.name, "version": found["version"], "base_url": client.base_url, "model": client.model}
    return row | features


if __name__ == "__main__":
    with LocalStack(StackOptions(workers=3, warm=2)) as stack:
        CLIENTS.write_text(json.dumps(run_all(stack.url), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
