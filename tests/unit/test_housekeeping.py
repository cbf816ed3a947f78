"""A client program's calls for itself go to the cheapest tier, however hard what they are about is.

The forms are paraphrased from Claude Code 2.1.332 and earlier, aider, Open WebUI, LibreChat and opencode.
"""

from typing import Any

import pytest
from tests.support.samples import messages, policy

from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.classification import Classification
from model_router.domain.routing.policy import Policy

HARD = [
    "Find the root cause of the deadlock in the queue and fix it",
    "Do a security audit of the login code",
    "Prove Fermat's little theorem",
    "Design a system for ten million users",
    "Write a long essay about the history of locks",
]


def schema(**fields: str) -> dict[str, Any]:
    properties = {name: {"type": kind} for name, kind in fields.items()}
    return {"format": {"type": "json_schema", "schema": {"type": "object", "properties": properties}}}


#: `%s` is what the call is about; `system` and `user` are the two texts.
CALLS: dict[str, dict[str, Any]] = {
    "Claude Code's title": {
        "system": "You are an agent.\n\nYou are naming a coding session so that its owner finds it in a list: a short "
        'noun phrase of two to five words. Leave out what is to be done (fix, add, debug). Return JSON with a "title".',
        "user": "<session>\n%s\n</session>\n\nWrite the title in the language of the session.",
        "output_config": schema(title="string"),
        "max_tokens": 128_000,
    },
    "its older title": {
        "system": "Generate a concise, sentence-case title (3-7 words) with the main topic of this coding session.",
        "user": "%s",
        "output_config": schema(title="string"),
    },
    "a title, asked twice": {
        "system": "Summarize this coding conversation in under 50 characters.\nCapture the main task and key files.",
        "user": "Please write a 5-10 word title for the following conversation:\n\nUser: %s\n\nTitle only.",
    },
    "a label of tool calls": {
        "system": "Write a short summary label describing what these tool calls accomplished. One line.\n\n"
        "Examples:\n- Searched in auth/\n- Fixed a crash in UserService",
        "user": "Intent: %s\n\nTools completed:\n\nTool: Bash\nInput: ls\nOutput: a.py\n\nLabel:",
        "max_tokens": 32_000,
    },
    "a job's name": {
        "user": '2-4 word lowercase label for this job.\nUser: "%s"\n\nReply with the label.',
        "max_tokens": 32,
    },
    "a web page": {
        "user": "Web page content:\n---\n# Locks\n%s\n---\n\nWhich methods does a lock have?\n\n"
        "Provide a concise response based only on the content above. Quote at most 125 characters.",
        "max_tokens": 32_000,
    },
    "an issue's title": {
        "system": "Generate a concise, technical title (max 80 chars) for a GitHub issue based on this bug report.",
        "user": "%s",
    },
    "aider's commit message": {
        "system": "You are a tool that generates concise, one-line Git commit messages based on the provided diffs."
        "\nReply with the one-line commit message, without any other text.",
        "user": "# %s\ndiff --git a/q.py b/q.py\n+ lock.acquire()",
    },
    "Open WebUI's title": {
        "user": "### Task:\nGenerate a concise, 3-5 word title with an emoji for the chat history.\n### Output:\n"
        'JSON format: { "title": "your title" }\n### Chat History:\n<chat_history>\nUSER: %s\n</chat_history>',
    },
    "Open WebUI's tags": {
        "user": "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n### Output:\n"
        'JSON format: { "tags": ["tag"] }\n### Chat History:\n<chat_history>\nUSER: %s\n</chat_history>',
    },
    "LibreChat's title": {
        "user": "Provide a concise, 5-word-or-less title for the conversation. Title only.\n\nConversation:\nUser: %s",
        "max_tokens": 64,
    },
    "opencode's title": {
        "system": "You are a title generator. You output ONLY a thread title. Nothing else.",
        "user": "Generate a title for this conversation:\n%s",
        "max_tokens": 80,
    },
}


def classified(rules: Policy, call: dict[str, Any], about: str, **changed: Any) -> Classification:
    fields = {**call, **changed}
    user = fields.pop("user").replace("%s", about)
    request = messages(*([user] if isinstance(user, str) else user), **fields)
    return rules.classifier.classify(request, InputSize.of(request.body))


@pytest.mark.parametrize("about", HARD)
@pytest.mark.parametrize("name", CALLS)
def test_a_programs_call_goes_to_the_cheapest_tier(policy: Policy, name: str, about: str) -> None:
    found = classified(policy, CALLS[name], about)
    assert (found.task, found.tier) == ("housekeeping", "haiku")
    assert "a program asks for" in found.reason


@pytest.mark.parametrize("order", HARD)
@pytest.mark.parametrize("name", CALLS)
def test_the_same_form_with_an_order_for_harder_work_is_none(policy: Policy, name: str, order: str) -> None:
    call = CALLS[name]
    if "system" in call:
        changed = {"system": f"{call['system']}\n{order}."}
    elif "---" in call["user"]:
        changed = {"user": call["user"].replace("Which methods does a lock have?", f"{order}.")}
    else:
        changed = {"user": call["user"].replace("\n", f" {order}.\n", 2)}
    assert classified(policy, call, "Hello", **changed).task != "housekeeping"


@pytest.mark.parametrize("name", CALLS)
def test_a_call_with_tools_or_in_a_conversation_is_none(policy: Policy, name: str) -> None:
    call = CALLS[name]
    tools = [{"name": "search", "input_schema": {"type": "object"}}]
    assert classified(policy, call, "Hello", tools=tools).task != "housekeeping"
    request = messages("Hello", "Hi!", call["user"], **{name: call[name] for name in call.keys() - {"user"}})
    assert policy.classifier.classify(request, InputSize.of(request.body)).task != "housekeeping"


@pytest.mark.parametrize(
    "call",
    [
        {"user": "Write a title for my talk about deadlocks"},
        {"user": "Find a title for this conversation, then prove the theorem.\n\nUser: hello"},
        {
            "system": "You are a helpful assistant. Generate a title for the conversation, then answer the question.",
            "user": "Hi",
        },
        {
            "system": "You help users of a bank. The app shows a title for each conversation.",
            "user": "Why was I charged?",
        },
        {"system": "Extract the job title from this message and debug the parser.", "user": "Hi"},
        {"user": "Write a migration plan with a title for the session.\n\nUser: hello"},
        {"user": "Web page content:\n---\nLocks\n---\n\nExplain why it deadlocks, step by step, and fix it."},
        {"user": "What is 17 times 23?", "max_tokens": 1},
        {"user": "Is the continuum hypothesis provable? A or B", "max_tokens": 1},
        {"system": "Answer with one letter.", "user": "quota", "max_tokens": 1},
    ],
)
def test_other_orders_are_none(policy: Policy, call: dict[str, Any]) -> None:
    assert classified(policy, call, "").task != "housekeeping"


@pytest.mark.parametrize("text", ["quota", "Hi", "count", "test.", "Hello there", "你好", "テスト", "Привет"])
def test_a_probe_goes_to_the_cheapest_tier(policy: Policy, text: str) -> None:
    found = classified(policy, {"user": text, "max_tokens": 1}, "")
    assert (found.task, found.tier) == ("housekeeping", "haiku")
    assert classified(policy, {"user": text, "max_tokens": 1000}, "").task == "default"


@pytest.mark.parametrize("text", ["证明素数有无穷多个", "前序遍历求后序遍历", "嘘つきを見つけて", "명제를증명하시오"])
def test_an_order_without_spaces_is_no_probe(policy: Policy, text: str) -> None:
    assert classified(policy, {"user": text, "max_tokens": 1}, "").task == "default"


@pytest.mark.parametrize("text", ["quota", "前序为"])
def test_a_call_without_max_tokens_is_no_probe(policy: Policy, text: str) -> None:
    request = RouteRequest(body={"messages": [{"role": "user", "content": text}]}, client="c")
    assert policy.classifier.classify(request, InputSize.of(request.body)).task == "default"


def test_without_the_task_in_the_rules_such_calls_are_like_others() -> None:
    call = CALLS["opencode's title"]
    assert classified(policy(tasks__housekeeping=None), call, HARD[0]).tier == "opus"
    over = classified(
        policy(tasks__housekeeping={"tier": "haiku", "max_input_tokens": 10}), call, HARD[0] + " now" * 50
    )
    assert over.task != "housekeeping"
