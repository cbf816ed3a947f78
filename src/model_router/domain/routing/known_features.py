"""The parts of the Messages API that this router knows. A request with an unknown part goes to no cheaper model.

Source: the types of Anthropic's Python SDK 2.14.0 (a test compares), and the beta headers of Claude Code 2.1.332.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FIELDS = _words(
    """
    billing_policy cache_control compaction container context_management diagnostics fallback_credit_token
    fallbacks inference_geo max_tokens mcp_servers messages metadata output_config output_format service_tier
    speed stop_sequences stream system temperature thinking thread tool_choice tools top_k top_p user_profile_id
    workspace_id
    """
)
TOOLS = _words(
    """
    advisor_20260301 bash_20241022 bash_20250124 browser_toolset_20260801 code_execution_20250522
    code_execution_20250825 code_execution_20260120 code_execution_20260521 computer_20241022 computer_20250124
    computer_20251124 computer_toolset_20260801 custom mcp_toolset memory_20250818 text_editor_20241022
    text_editor_20250124 text_editor_20250429 text_editor_20250728 tool_search_tool_bm25
    tool_search_tool_bm25_20251119 tool_search_tool_regex tool_search_tool_regex_20251119 web_fetch_20250910
    web_fetch_20260209 web_fetch_20260309 web_fetch_20260318 web_search_20250305 web_search_20260209
    web_search_20260318
    """
)
BLOCKS = _words(
    """
    advisor_tool_result bash_code_execution_tool_result browser_state code_execution_tool_result compaction
    container_upload document fallback image mcp_tool_listing mcp_tool_result mcp_tool_use redacted_thinking
    search_result server_tool_use text text_editor_code_execution_tool_result thinking tool_addition
    tool_reference tool_removal tool_result tool_search_tool_result tool_use web_fetch_tool_result
    web_search_tool_result
    """
)
BETAS = _words(
    """
    admin-user-sign-out-2026-10-08 advanced-tool-use-2025-11-20 advisor-tool-2026-03-01 afk-mode-2026-01-31
    agent-memory-2026-07-22 analytics-usage-cost-2026-08-24 auto-mode-classifier-2026-07-16
    cache-diagnosis-2026-04-07 cache-keepalive-2026-09-03 ccr-byoc-2025-07-29
    ce-claude-code-managed-settings-2026-10-06 ce-plugins-2026-09-01 ce-user-management-2026-07-13
    claude-code-20250219 claude-code-side-query-2026-09-29 code-execution-2025-05-22 compact-2026-01-12
    compact-2026-09-04 computer-use-2024-10-22 computer-use-2025-01-24 computer-use-2025-11-24
    context-1m-2025-08-07 context-hint-2026-04-09 context-management-2025-06-27 dangerous-tool-use-2026-09-03
    dev-full-thinking-2025-05-14 dreaming-2026-04-21 effort-2025-11-24 efs-2026-10-01 environments-2025-11-01
    experimental-claude-tag-2026-10-21 extended-cache-ttl-2025-04-11 fallback-credit-2026-06-01
    fallback-credit-2026-07-01 fast-mode-2026-02-01 files-api-2025-04-14 fine-grained-tool-streaming-2025-05-14
    google-managed-data-controls-2026-09-01 inline-tools-2026-09-15 interleaved-thinking-2025-05-14
    managed-agents-2026-04-01 mcp-client-2025-04-04 mcp-client-2025-11-20 mcp-client-2026-09-15
    mcp-servers-2025-12-04 mcp-tunnels-2026-06-22 message-batches-2024-09-24 message-threads-2026-08-12
    mid-conversation-output-config-2026-07-01 mid-conversation-system-2026-04-07
    mid-conversation-system-clear-at-2026-08-21 mid-conversation-tool-changes-2026-07-01
    model-context-window-exceeded-2025-08-26 oauth-2025-04-20 output-128k-2025-02-19 output-300k-2026-03-24
    pdfs-2024-09-25 per-turn-control-2026-07-01 program-use-case-ids-2026-09-17 prompt-caching-2024-07-31
    prompt-caching-evict-2026-05-12 prompt-caching-scope-2026-01-05 redact-thinking-2026-02-12
    resumption-2026-10-08 server-side-fallback-2026-06-01 server-side-fallback-2026-07-01 skills-2025-10-02
    spend-limit-reads-2026-09-26 structured-outputs-2025-11-13 structured-outputs-2025-12-15
    subagent-review-2026-11-17 task-budgets-2026-03-13 telemetry-destinations-2026-08-11
    thinking-binding-controls-2026-08-01 thinking-display-updates-2026-08-18 thinking-resumption-2026-07-17
    thinking-token-count-2026-05-13 timing-2026-09-09 token-counting-2024-11-01 token-efficient-tools-2025-02-19
    tool-provenance-2026-10-26 tool-search-tool-2025-10-19 user-profiles-2026-03-24 user-profiles-2026-08-18
    user-profiles-2026-09-04 user-profiles-billing-2026-10-01 web-search-2025-03-05
    web-search-results-only-2026-11-15 webhooks-2026-10-07
    """
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def unknown_feature(body: Mapping[str, Any], betas: Iterable[str]) -> str | None:
    """The first unknown part of a valid Messages body, such as `field foo`, or None."""
    for kind, names, known in (("field", body, FIELDS), ("beta", betas, BETAS)):
        if not known.issuperset(names):
            return _description(kind, next(name for name in names if name not in known))
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        name = tool.get("type", "custom") if isinstance(tool, dict) else "custom"
        if name is not None and not (isinstance(name, str) and name in TOOLS):
            return _description("tool", name)
    for message in body["messages"]:
        if isinstance(content := message.get("content"), list) and (name := _unknown_block(content)) is not None:
            return _description("block", name)
    return None


def _unknown_block(content: list[Any]) -> object:
    """The type of the first unknown block, including those in tool results, or None."""
    for block in content:
        if not isinstance(block, dict):
            continue
        name = block.get("type")
        if not (isinstance(name, str) and name in BLOCKS):
            return name or ""
        if name == "tool_result" and isinstance(inner := block.get("content"), list):
            unknown = _unknown_block(inner)
            if unknown is not None:
                return unknown
    return None


def _description(kind: str, name: object) -> str:
    return f"{kind} {name}" if isinstance(name, str) and _NAME.fullmatch(name) else f"the name of a {kind}"
