"""Labelled prompts, `{"prompt", "want"}` a line: which tier a person says that each one needs.

`want` is a tier, `above-<tier>`, or null where none is claimed; `answer`, `system` and `source` are optional.
These prompts were not billed, so tokens are estimated, and the model is the baseline's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.estimate.token_features import estimate_text_tokens
from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import LoggedCall, UnreadableEntryError, checked_body

BASELINE = "baseline"
"""Stands for the model of the rules' baseline tier."""

_UNKNOWN_ANSWER_TOKENS = 200


def recognises(entry: Mapping[str, Any]) -> bool:
    return "prompt" in entry and "want" in entry


def read(entry: Mapping[str, Any]) -> LoggedCall:
    prompt, want, answer = entry["prompt"], entry["want"], entry.get("answer")
    if not isinstance(prompt, str) or not prompt.strip():
        raise UnreadableEntryError("its prompt is not a text")
    if not (want is None or isinstance(want, str)):
        raise UnreadableEntryError("its want is not a tier")
    body: dict[str, Any] = {"messages": [{"role": "user", "content": prompt}]}
    if isinstance(entry.get("system"), str):
        body["system"] = entry["system"]
    written = estimate_text_tokens(answer) if isinstance(answer, str) else _UNKNOWN_ANSWER_TOKENS
    return LoggedCall(
        model=BASELINE,
        usage=Usage(estimate_tokens(body), max(1, written)),
        at=datetime.now(UTC),
        body=checked_body(body),
        answer=answer if isinstance(answer, str) else None,
        want=want,
        source=str(entry["source"]) if "source" in entry else None,
    )
