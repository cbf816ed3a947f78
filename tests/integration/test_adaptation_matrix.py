"""Every body of the adaptation matrix, sent to the stand-in, which refuses what Claude refuses."""

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from devtools.benchmarks.adaptation_matrix import Cell, cells
from devtools.benchmarks.matrix_bodies import FOREIGN_SIGNATURE, OWN_SIGNATURE
from devtools.claude_standin.server import StandIn
from devtools.claude_standin.signatures import sign

pytestmark = pytest.mark.local

#: The models in question accept these as they are. The router changes them to improve the answer, or to be safe.
CHANGED_THOUGH_TAKEN = {
    "temperature at its default",
    "thinking disabled",
    "thinking disabled, effort max",
    "thinking left out, small max_tokens",
    # Earlier turns may have changed since: a block that does not match is dropped and not refused.
    "own thinking in the history",
    "another model's redacted thinking, alone in its turn",
    "another model's thinking in an open tool loop, thinking left out",
    "another model's thinking in an open tool loop, thinking adaptive",
    "speed fast",  # Opus 4.6 ignores it; whether it does so without the beta header is not documented
}

Ask = Callable[[str, Any, str, frozenset[str]], tuple[int, str]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Sends a body for a model under an API version: (status, the error's words)."""
    answers: dict[str, tuple[int, str]] = {}
    with StandIn() as standin:
        connection = http.client.HTTPConnection(urlsplit(standin.url).netloc)

        def send(model: str, body: Any, version: str, betas: frozenset[str]) -> tuple[int, str]:
            text = json.dumps({**body, "model": model})
            for stands_for, author in ((OWN_SIGNATURE, model), (FOREIGN_SIGNATURE, "claude-fable-5")):
                text = text.replace(f'"{stands_for}"', json.dumps(sign(author, "x")))
            key = f"{version} {sorted(betas)} {text}"
            if key not in answers:
                headers = {"anthropic-version": version, "x-api-key": "k", "content-type": "application/json"}
                headers |= {"anthropic-beta": ",".join(betas)} if betas else {}
                connection.request("POST", "/v1/messages", text.encode(), headers)
                answer = connection.getresponse()
                told = json.loads(answer.read())
                answers[key] = answer.status, told.get("error", {}).get("message", "")
            return answers[key]

        yield send
        connection.close()


def name(cell: Cell) -> tuple[str, str, str]:
    return cell.feature.name, cell.asked, cell.version


def ask_plainly(ask: Ask, cell: Cell) -> int:
    """The status of the feature's body as it came."""
    return ask(cell.asked, cell.feature.body(), cell.version, frozenset())[0]


def test_under_auto_claude_refuses_nothing_that_the_router_sends(ask: Ask) -> None:
    sent = [cell for cell in cells() if cell.model is not None]
    answers = {name(cell): ask(str(cell.model), cell.body, cell.version, cell.betas) for cell in sent}
    refused = {place: answer for place, answer in answers.items() if answer[0] != 200}
    assert refused == {}
    assert len(sent) > 800


def test_what_is_changed_raised_or_refused_is_what_claude_would_not_take(ask: Ask) -> None:
    touched = [cell for cell in cells() if cell.adaptations or cell.model != cell.asked]
    taken = {cell.feature.name for cell in touched if ask_plainly(ask, cell) == 200}
    assert taken == CHANGED_THOUGH_TAKEN
