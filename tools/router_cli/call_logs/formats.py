"""The formats of logs that are read, and what their entries are wrapped in."""

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from router_cli.call_logs import (
    anthropic_entries,
    bedrock_entries,
    claude_code_entries,
    helicone_entries,
    labelled_entries,
    langfuse_entries,
    ledger_entries,
    litellm_entries,
)
from router_cli.call_logs.calls import parsed_if_json

FORMATS: Mapping[str, ModuleType] = {
    "Claude API": anthropic_entries,
    "Amazon Bedrock invocation log": bedrock_entries,
    "LiteLLM spend log": litellm_entries,
    "Langfuse observations": langfuse_entries,
    "Helicone requests": helicone_entries,
    "Claude Code transcript": claude_code_entries,
    "model router ledger": ledger_entries,
}
LABELLED: Mapping[str, ModuleType] = {**FORMATS, "labelled prompts": labelled_entries}
"""With labelled prompts. The cost of calling them is an estimate, so no bill counts it."""

_LISTS = ("data", "Items", "items", "records", "requests", "logEvents")
_MOST_KEYS = 6
_CSV_COLUMNS = ("request_id", "usage_details", "usageDetails", "response_status", "@message")


def entries_of(value: object) -> Iterator[object]:
    """A value's entries: an API's answer may hold a list of them, and CloudWatch Logs holds each as a text."""
    found: list[object] = [value]
    if isinstance(value, Mapping) and len(value) <= _MOST_KEYS:
        for name in _LISTS:
            if isinstance(value.get(name), list):
                found = [{"Item": entry} for entry in value[name]] if name == "Items" else value[name]
                break
    for entry in found:
        yield _message_of(entry)


def is_csv(first: bytes) -> bool:
    """Whether a file that begins like this is a CSV of one of the formats."""
    header = first.partition(b"\n")[0].decode(errors="replace")
    names = {name.strip('" \r') for name in header.split(delimiter_of(header))}
    return not first.startswith((b"{", b"[")) and any(name in names for name in _CSV_COLUMNS)


def delimiter_of(header: str) -> str:
    """What separates the columns of a CSV with this first line: a comma, a semicolon or a tab."""
    return max(",;\t", key=header.count)


def _message_of(entry: object) -> Any:
    """The log entry in an event of CloudWatch Logs, or in a row of a query's result; any other entry as it is."""
    if not isinstance(entry, Mapping):
        return entry
    text = entry.get("@message", entry.get("message") if "timestamp" in entry and "type" not in entry else None)
    found = parsed_if_json(text) if isinstance(text, str) else None
    return entry if found is None or isinstance(found, str) else found
