"""One POST /v1/messages, from its bytes to everything that is decided before a byte of the answer goes
out.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from devtools.claude_standin.answers.reply import Part, Reply, advice, boundary, compose, fallback_of, iterations
from devtools.claude_standin.billing.cache import Plan, PrefixCache
from devtools.claude_standin.billing.invoice import Billed, Clock, Invoice, Status, refusal_is_billed
from devtools.claude_standin.billing.usage import Usage, override, wire
from devtools.claude_standin.checks.accepts import check_accepts, check_window, model_named
from devtools.claude_standin.checks.shape import MAX_BYTES, check_shape, check_version
from devtools.claude_standin.errors import ApiError, invalid
from devtools.claude_standin.faults.script import Script
from devtools.claude_standin.faults.steps import Step
from devtools.claude_standin.models import Model
from devtools.claude_standin.threads import Threads
from devtools.claude_standin.tokens import count_request, segments

ATTEMPT_HEADER = "x-router-attempt-id"
REFUSED_OUTPUT = 4


@dataclass(slots=True)
class Shop:
    """What all calls share: the cache, the script, the invoice, the clock."""

    clock: Clock
    cache: PrefixCache = field(default_factory=PrefixCache)
    script: Script = field(default_factory=Script)
    invoice: Invoice = field(default_factory=Invoice)
    weak_percent: int = 0
    threads: Threads = field(default_factory=Threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An accepted call: what it answers, what that costs, and what is to go wrong on the way."""

    shop: Shop
    request_id: str
    attempt_id: str | None
    model: Model
    body: dict[str, Any]
    at: datetime
    step: Step
    plan: Plan
    reply: Reply
    usage: Usage
    #: What other models did within the call.
    parts: tuple[Part, ...] = ()

    @property
    def fast(self) -> bool:
        """Whether it ran in fast mode."""
        return self.body.get("speed") == "fast" and self.model.fast in {"yes", "with_beta"}

    @property
    def streams(self) -> bool:
        """Whether server-sent events were asked for."""
        return self.body.get("stream") is True

    @property
    def message_id(self) -> str:
        return "msg_01" + self.request_id.removeprefix("req_")

    @property
    def geo(self) -> str | None:
        """Where it was asked to run."""
        region = self.body.get("inference_geo")
        return region if isinstance(region, str) else None

    def message(self) -> dict[str, Any]:
        """The whole Message, as a call without streaming answers it."""
        sparse = sum(self.request_id.encode()) % 2 == 0
        usage = wire(self.usage, inference_geo=self.geo, sparse=sparse, fast=self.fast)
        usage |= {"iterations": iterations(self.model, self.usage, self.parts)} | dict(self.step.usage or {})
        refused = {"type": "refusal", "category": self.step.category, "explanation": None}
        return {
            "id": self.message_id,
            "type": "message",
            "role": "assistant",
            "model": self.model.id,
            "content": self.reply.content,
            "stop_reason": self.reply.stop_reason,
            "stop_sequence": self.reply.stop_sequence,
            "stop_details": refused if self.reply.stop_reason == "refusal" else None,
            "usage": usage,
        }

    def bill(self, status: Status, output: int | None = None, *, reported: bool = False) -> None:
        """Bill the call. A refusal before any output may be free.

        `output` is the number of output tokens, by default all. `reported`: the client gets the final usage.
        """
        if self.reply.refused_unbilled:
            return
        usage = self.usage
        if output is not None:
            usage = replace(usage, output=output, thinking=min(usage.thinking, output))
        self.shop.invoice.add(
            Billed(
                request_id=self.request_id,
                attempt_id=self.attempt_id,
                model=self.model,
                usage=usage,
                inference_geo=self.geo,
                at=self.at,
                status=status,
                reported=reported and self.step.final_usage is None,
                fast=self.fast,
                others=tuple((part.model, part.usage) for part in self.parts if part.billed),
            )
        )

    def begin(self) -> None:
        """The model has begun: what the prompt wrote to the cache is there for others."""
        now = self.shop.clock()
        self.shop.cache.commit(self.plan, now)
        self.shop.threads.keep(self.body, self.model.id, self.message_id, self.reply.content, now)


def new_request_id() -> str:
    """An id as the API's: `req_` and 24 characters."""
    return f"req_{os.urandom(12).hex()}"


def check_key(headers: Mapping[str, str]) -> str:
    """Which header brought the key: x-api-key wins over Authorization; `sigv4`: none, but an AWS signature.

    Of a signature, as Claude Platform on AWS takes it, only the service and the workspace are looked at.

    Raises:
        ApiError: 401 if the key is missing or begins with `invalid`.
    """
    key = headers.get("x-api-key")
    if key:
        if key.startswith("invalid"):
            raise ApiError(401, "invalid x-api-key")
        return "x-api-key"
    scheme, _, token = (headers.get("authorization") or "").partition(" ")
    if scheme == "AWS4-HMAC-SHA256":
        if "/aws-external-anthropic/aws4_request" in token and headers.get("anthropic-workspace-id"):
            return "sigv4"
        raise ApiError(401, "the signature is not one for a workspace of Claude Platform on AWS")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, "x-api-key header is required")
    if token.strip().startswith("invalid"):
        raise ApiError(401, "Invalid bearer token")
    return "bearer"


def parse_body(raw: bytes) -> Any:
    """The JSON of a body of at most 32 MB."""
    if len(raw) > MAX_BYTES:
        raise ApiError(413)
    try:
        return json.loads(raw)
    except ValueError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error


def count_tokens(raw: bytes, headers: Mapping[str, str]) -> dict[str, int]:
    """The answer of POST /v1/messages/count_tokens."""
    version = check_version(headers.get("anthropic-version"))
    body = check_shape(parse_body(raw), version, counting=True)
    model = model_named(body["model"])
    check_accepts(body, model, _betas(headers))
    return {"input_tokens": count_request(body, model)}


def _betas(headers: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.strip() for name in (headers.get("anthropic-beta") or "").split(","))


def asked(body: Mapping[str, Any]) -> str:
    """What a body asks, whichever model it is sent to: by this a mix of faults knows a request again."""
    return json.dumps([body.get("system"), body["messages"]], sort_keys=True)


def prepare(shop: Shop, raw: bytes, headers: Mapping[str, str], request_id: str) -> Call:
    """Check a request, take its step of the script, and work out its answer.

    Raises:
        ApiError: as the API refuses it; nothing is billed.
    """
    version = check_version(headers.get("anthropic-version"))
    at = shop.clock()
    body = check_shape(shop.threads.whole(parse_body(raw), at), version)
    model = model_named(body["model"])
    check_accepts(body, model, _betas(headers), day=at.date().isoformat())
    prompt = segments(body, model)
    tokens = sum(segment.tokens for segment in prompt)
    check_window(tokens, model)
    plan = shop.cache.plan(model, prompt, at)
    attempt_id = headers.get(ATTEMPT_HEADER)
    step = shop.script.take(model.id, raw.decode("utf-8", "replace"), attempt_id, asked(body))
    parts: tuple[Part, ...] = ()
    answering = fallback_of(body, model) if step.refusal == "before" else None
    if answering is None:
        reply = scripted(_reply(shop, body, model, tokens, step), step, at)
    else:
        refusal = Usage(input=tokens, output=REFUSED_OUTPUT)
        parts = (Part("message", model, refusal, refusal_is_billed(step.category, at)),)
        mark = boundary(model, answering, step.category)
        model, prompt = answering, segments(body, answering)
        tokens, plan = sum(segment.tokens for segment in prompt), shop.cache.plan(model, prompt, at)
        reply = _reply(shop, body, model, tokens, step)
        reply = replace(reply, content=[mark, *reply.content])
    if reply.stop_reason != "refusal":
        parts = (*parts, *advice(body, tokens))
    usage = override(reply.usage(plan.usage), dict(step.usage or {}))
    return Call(
        shop=shop,
        request_id=request_id,
        attempt_id=attempt_id,
        model=model,
        body=body,
        at=at,
        step=step,
        plan=plan,
        reply=reply,
        usage=usage,
        parts=parts,
    )


def _reply(shop: Shop, body: Mapping[str, Any], model: Model, tokens: int, step: Step) -> Reply:
    return compose(body, model, model.window - tokens, weak_percent=shop.weak_percent, text=step.answer)


def scripted(reply: Reply, step: Step, at: datetime) -> Reply:
    """The reply with a step's refusal or stop reason put over it."""
    # Without any content, as with `max_tokens: 0`, a refusal cannot come after output.
    if step.refusal == "before" or (step.refusal == "after" and not reply.content):
        unbilled = not refusal_is_billed(step.category, at)
        return Reply(stop_reason="refusal", output=REFUSED_OUTPUT, refused_unbilled=unbilled)
    if step.refusal == "after":
        halves = [
            {**block, "text": block["text"][: max(1, len(block["text"]) // 2)]} if block["type"] == "text" else block
            for block in reply.content
        ]
        return replace(reply, content=halves, stop_reason="refusal", stop_sequence=None)
    if step.tool is not None:
        reply = _calling(reply, step.tool)
    if step.stop_reason is not None:
        return replace(reply, stop_reason=step.stop_reason, stop_sequence=None)
    return reply


def _calling(reply: Reply, tool: Mapping[str, Any]) -> Reply:
    """The reply as a call of a tool, after what the model thought."""
    call = {"type": "tool_use", "id": f"toolu_01{os.urandom(11).hex()}", "name": tool["name"], "input": tool["input"]}
    thought = [block for block in reply.content if block["type"] == "thinking"]
    return replace(reply, content=[*thought, call], stop_reason="tool_use", stop_sequence=None)
