"""The text that a model answers with: made up, from the request alone, of the kind that the prompt
asks for.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.answers import labels, prose
from devtools.claude_standin.answers.instances import fit
from devtools.claude_standin.answers.prompt import Prompt, is_weak
from devtools.claude_standin.model import Model

SHORTEST_PROSE = 4
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?:only|just|single|with|return)\s+(?:an?\s+|the\s+)?(?:single\s+)?(?:integer|number|score)\b"
    r"|\bnumber\s+(?:between|from)\b|\b(?:rate|score)\b[^.\n]{0,60}\b(?:between|from)\s+\d|\bhow many\b"
    r"|\bwhat is\s+-?\d",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(?:write|implement|generate|give me)\b[^.\n]{0,60}\b(?:function|code|script|query|program|class)\b",
    re.I,
)
_SUMMARY = re.compile(r"\bsummar(?:y|i[sz]e|ies)|\btl;?dr\b", re.IGNORECASE)
_LONG = re.compile(r"\b(?:analy[sz]e|design|architect\w*|detailed|root cause|audit|in depth)\b", re.IGNORECASE)


def answer(body: Mapping[str, Any], prompt: Prompt, model: Model, weak_percent: int = 0) -> str:
    """The answer's whole text, before any cut."""
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    if schema is not None:
        # Structured output is enforced while sampling: a weak model keeps to it too.
        return json.dumps(fit(schema, prompt), ensure_ascii=False)
    good = _good_answer(prompt)
    return _chatty(good, prompt) if is_weak(prompt, model, weak_percent) else good


def _good_answer(prompt: Prompt) -> str:
    if prompt.results:
        return f"Here is what came back: {' '.join(prompt.results).strip() or 'nothing'}"
    asked = prompt.instruction
    offered = labels.offered(prompt)
    if _JSON.search(asked):
        return prose.json_text(prompt)
    if offered:
        return labels.choose(prompt, offered)
    if _NUMBER.search(asked):
        return prose.number_text(prompt)
    if _CODE.search(asked):
        return prose.code_text(prompt)
    if _SUMMARY.search(asked):
        return prose.summary_text(prompt)
    sentences = SHORTEST_PROSE + prompt.digest % 6
    return prose.prose_text(prompt, sentences * 3 if _LONG.search(asked) else sentences)


def _chatty(good: str, prompt: Prompt) -> str:
    """What a weaker model makes of it: it misses the format, and of a short answer the answer itself."""
    if len(good) <= 40:
        return "Sure, happy to help! It is hard to say for certain from this alone: it could go either way."
    if good.startswith(("{", "[")):
        return f"Of course! Here is what I could find:\n{good[: len(good) // 2]}"
    return f"Sure, happy to help! {prose.prose_text(prompt, 1)}"
