"""LiteLLM's proxy as a server of its own (`.venv-proxy`), in front of a stand-in for the Claude API."""

import http.client
import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROXY = Path(".venv-proxy/bin/litellm")
_START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it listens, and its key."""

    url: str
    key: str


@contextmanager
def litellm_proxy(claude_url: str, model: str, folder: Path) -> Iterator[Proxy | None]:
    """The proxy, running inside the block, or None if it is not installed or does not start."""
    if not PROXY.exists():
        yield None
        return
    port, key = _free_port(), f"sk-{secrets.token_hex(16)}"
    config = folder / "litellm.json"  # JSON is YAML
    called = {"model": f"anthropic/{model}", "api_base": claude_url, "api_key": "any"}
    config.write_text(
        json.dumps(
            {
                "model_list": [{"model_name": model, "litellm_params": called}],
                "litellm_settings": {"telemetry": False, "num_retries": 0},
            }
        ),
        encoding="utf-8",
    )
    log = folder / "litellm.log"
    with log.open("wb") as log_file:
        process = subprocess.Popen(
            [str(PROXY.absolute()), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={**os.environ, "LITELLM_MASTER_KEY": key, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Proxy(f"http://127.0.0.1:{port}", key) if _alive(process, port) else None
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _alive(process: subprocess.Popen[bytes], port: int) -> bool:
    ends = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/health/liveliness")
            if connection.getresponse().status == 200:
                return True
        except OSError:
            time.sleep(0.3)
        finally:
            connection.close()
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
