"""Each fault that the first two calls of a request meet: by the SDK alone, with its two retries, and by the router.

Enforced by tests/integration/test_sdk_comparison.py. `python -m tests.support.failure_page` prints it in
docs/failures.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Compared:
    """`step` is the stand-in's; the other fields are what is seen, in the words of `through_sdk`.

    `ledger`: the attempts of `routed`. `pinned`: the SDK, with its two retries, sends the router a pinned request.
    `alone`, `alone_streamed`: the SDK calls Claude without the router. `routed`, `streamed`: a client that does not
    retry calls the router.
    """

    fault: str
    step: Mapping[str, Any]
    ledger: str
    pinned: str = "answer"
    alone: str = "answer"
    alone_streamed: str = "answer"
    routed: str = "answer"
    streamed: str = "answer"


HTML = {"page": "html"}
HERE = {"page": "empty", "location": "/v1/messages"}
OTHER_HOST = {"page": "empty", "location": "http://localhost:{port}/v1/messages"}
FINAL = "; do not retry"
EVENT = "overloaded_error event"


def same_tier_first(error: str) -> str:
    return f"haiku {error} → haiku {error} → sonnet answered (known)"


def other_tier_first(error: str) -> str:
    return f"haiku {error} → sonnet {error} → sonnet answered (known)"


def survived(fault: str, step: Mapping[str, Any], error: str) -> Compared:
    """Free failures: both answer, and a pinned request is retried by the caller's SDK."""
    return Compared(fault, step, same_tier_first(f"{error} (free)"))


def page(status: int, pinned: int, **body: str) -> Compared:
    """An error that is not Claude's: both answer, and the router does not have a pinned request retried."""
    what = {"html": "HTML", "foreign": "JSON of another shape", "truncated": "JSON cut short", "empty": "no body"}
    form = body.get("page", "html")
    ledger = same_tier_first("server_error (unknown)")
    return Compared(f"{status}, {what[form]}", {"status": status, "page": form}, ledger, f"{pinned} api_error{FINAL}")


def broken(fault: str, step: Mapping[str, Any], **seen: str) -> Compared:
    """A connection that breaks."""
    return Compared(fault, step, same_tier_first("connection (unknown)"), f"502 api_error{FINAL}", **seen)


def refused(fault: str, step: Mapping[str, Any], ledger: str, told: str, alone: str) -> Compared:
    """An error that neither the SDK nor the router tries again."""
    final = told + FINAL
    return Compared(fault, step, f"haiku {ledger}", final, alone, alone, final, final)


COMPARED: tuple[Compared, ...] = (
    broken("connection reset, request sent", {"reset": True}),
    broken("connection closed before a response", {"breaks": "before_head"}),
    broken("connection closed in the response's head", {"breaks": "in_head"}),
    broken("200, cut before the first event", {"breaks": "before_events"}, alone_streamed="connection error"),
    broken("200, cut after the first event", {"breaks": "after_start"}, alone_streamed="connection error"),
    broken(
        "200, cut in the content",
        {"cut": 2},
        alone_streamed="content, then connection error",
        streamed="content, then api_error event",
    ),
    Compared(
        "error event before any content",
        {"error_in_stream": 0},
        other_tier_first("overloaded_error (unknown)"),
        f"529 overloaded_error{FINAL}",
        alone_streamed=EVENT,
    ),
    Compared(
        "error event in the content",
        {"error_in_stream": 2},
        other_tier_first("overloaded_error (unknown)"),
        f"529 overloaded_error{FINAL}",
        alone_streamed=f"content, then {EVENT}",
        streamed=f"content, then {EVENT}",
    ),
    *(
        refused(fault, step, "unintelligible (unknown)", "502 api_error", "unreadable answer")
        for fault, step in (("200, HTML", {"status": 200, **HTML}), ("200, no body", {"status": 200, "page": "empty"}))
    ),
    *(
        refused(
            f"{status} to the same host",
            {"status": status, **HERE},
            "rejected (free)",
            f"{status} invalid_request_error",
            "405 invalid_request_error",  # the SDK follows with a GET
        )
        for status in (301, 302, 303)
    ),
    Compared("307 to the same host", {"status": 307, **HERE}, "haiku answered (known)"),
    Compared("308 to the same host", {"status": 308, **HERE}, "haiku answered (known)"),
    refused(
        "307 to another host",
        {"status": 307, **OTHER_HOST},
        "rejected (free)",
        "307 invalid_request_error",
        "401 authentication_error",  # the SDK follows without the key
    ),
    refused(
        "400", {"status": 400}, "invalid_request_error (free)", "400 invalid_request_error", "400 invalid_request_error"
    ),
    survived("400, x-should-retry: true", {"status": 400, "should_retry": True}, "invalid_request_error"),
    survived("408", {"status": 408}, "timeout_error"),
    page(408, 408),
    survived("409", {"status": 409}, "conflict_error"),
    survived("409, HTML", {"status": 409, **HTML}, "server_error"),
    refused("425, HTML", {"status": 425, **HTML}, "rejected (free)", "425 invalid_request_error", "425"),
    Compared("429", {"status": 429}, other_tier_first("rate_limit_error (free)")),
    Compared("429, retry-after 1 s", {"status": 429, "retry_after": 1}, other_tier_first("rate_limit_error (free)")),
    refused("499, HTML", {"status": 499, **HTML}, "rejected (unknown)", "499 invalid_request_error", "499"),
    survived("500", {"status": 500}, "api_error"),
    refused(
        "500, x-should-retry: false",
        {"status": 500, "should_retry": False},
        "api_error (free)",
        "500 api_error",
        f"500 api_error{FINAL}",
    ),
    *(page(500, 500, page=form) for form in ("html", "foreign", "truncated", "empty")),
    page(502, 502),
    survived("503", {"status": 503}, "api_error"),
    page(503, 502),
    survived("504", {"status": 504}, "timeout_error"),
    *(page(status, 502) for status in (504, 520, 521, 522, 523, 524)),
    Compared("529", {"status": 529}, other_tier_first("overloaded_error (free)")),
    Compared(
        "529, HTML",
        {"status": 529, **HTML},
        other_tier_first("overloaded (unknown)"),
        f"529 overloaded_error{FINAL}",
    ),
)
