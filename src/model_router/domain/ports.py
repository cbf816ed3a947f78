"""What the services need of the outside world. Adapters implement these; tests use fakes of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from model_router.domain.budgets.entry import Entry, Hold
from model_router.domain.catalog_check import UpstreamModel
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.metric_names import Dimension
from model_router.domain.requests.feedback import Feedback
from model_router.domain.runs.stored_run import RunStatus, StoredRun

CallFailureKind = Literal[
    "rate_limit",
    "spend_limit",
    "overloaded",
    "server_error",
    "too_long",
    "rejected",
    "key_refused",
    "timeout",
    "connection",
    "unintelligible",
    "interrupted",
]


@dataclass(frozen=True, slots=True)
class ClaudeCall:
    """One call of one model, ready to be sent."""

    body: Mapping[str, Any]
    attempt_id: str
    #: The caller's `anthropic-version` and `anthropic-beta`, where there are any.
    headers: Mapping[str, str]
    timeout_seconds: float
    #: Called once the connection stands and before the request's first byte goes out.
    before_bytes: Callable[[], None]


class CallFailed(Exception):
    """A call of Claude that brought no answer.

    `may_be_billed`: bytes went out and the outcome is not known. Error answers of Claude's are free.
    """

    def __init__(
        self,
        kind: CallFailureKind,
        message: str,
        *,
        status: int | None = None,
        error_type: str | None = None,
        may_be_billed: bool = False,
        headers: Mapping[str, str] | None = None,
        upstream_request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.error_type = error_type
        self.may_be_billed = may_be_billed
        self.headers = dict(headers or {})
        self.upstream_request_id = upstream_request_id


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One server-sent event of an answer."""

    name: str
    data: Mapping[str, Any]
    #: `data` as it came, digit for digit.
    text: str


class ClaudeStream(Protocol):
    """An answer as it comes."""

    request_id: str | None
    #: Headers that are passed on to the caller: rate limits and the like.
    headers: Mapping[str, str]
    #: Whether a stand-in answers in Claude's place.
    simulated: bool

    def events(self) -> Iterator[StreamEvent]:
        """Each event as it arrives. Raises CallFailed when the stream breaks, errs or runs out of time."""


class Claude(Protocol):
    def stream(self, call: ClaudeCall) -> AbstractContextManager[ClaudeStream]:
        """Sends a call. Raises CallFailed where no answer begins."""


class ClaudeModels(Protocol):
    def list_models(self, timeout_seconds: float) -> Sequence[UpstreamModel]:
        """Every model that Anthropic's models API lists. Free. Raises CallFailed."""


class TokenCounter(Protocol):
    def count_tokens(
        self, body: Mapping[str, Any], headers: Mapping[str, str], timeout_seconds: float
    ) -> Mapping[str, Any]:
        """Claude's answer to a body of `count_tokens`. Free. Raises CallFailed."""


class CheckUnavailable(Exception):
    """A function that was to check an answer brought no verdict. The text quotes neither answer nor prompt."""


class AnswerChecks(Protocol):
    def call(self, function: str, payload: Mapping[str, str], timeout_seconds: float) -> object:
        """What a function of the account, named in the rules, answers to `payload`: JSON. Raises CheckUnavailable."""


class LedgerUnavailable(Exception):
    """The ledger did not take or give a record."""


class Ledger(Protocol):
    def add_intent(self, record: LedgerRecord) -> None:
        """Writes the record's last attempt before it is sent, and those before it as they ended."""

    def settle(self, record: LedgerRecord) -> None:
        """Writes the whole record. May be repeated; nothing older overwrites it."""

    def read(self, request_id: str) -> LedgerRecord | None:
        """The record of a request; None: there is none."""


class UnsettledRecords(Protocol):
    """The ledger as the reaper sees it."""

    def overdue(self, before: datetime) -> Iterator[str]:
        """Request ids of records that should have been settled by then, maybe not of all. LedgerUnavailable."""

    def read(self, request_id: str) -> LedgerRecord | None:
        """The record as it stands now, not as it stood a moment ago. LedgerUnavailable."""

    def abandon(self, record: LedgerRecord) -> bool:
        """Closes a record just as it was read; False: something has changed since. LedgerUnavailable."""


class SpoolUnavailable(Exception):
    """The spool did not take a record."""


class Spool(Protocol):
    """Where records wait that the ledger did not take."""

    def keep(self, record: LedgerRecord) -> None:
        """Returns once the record is safe there. SpoolUnavailable."""


class FeedbackStore(Protocol):
    def put(self, feedback: Feedback, client: str) -> Mapping[str, object] | None:
        """Puts feedback onto the client's record, unless a later one is there; what then stands on it.

        None: the client has no such record. Raises LedgerUnavailable.
        """


class BudgetsUnavailable(Exception):
    """The budgets' counters cannot be reached just now."""


class Budgets(Protocol):
    """Counters of money. Every method raises BudgetsUnavailable; a step that it hides may have been made."""

    def add(self, entry: Entry) -> Mapping[str, Decimal] | None:
        """Makes an entry, whole and once. None: it stands; else it was refused, and these are the item's counters."""

    def settle(self, hold: Hold, change: Decimal) -> None:
        """Adds `change` to the counters of a hold and takes its mark away. Without the mark nothing happens."""

    def read(self, keys: Sequence[str], mark: str) -> tuple[Mapping[str, Mapping[str, Decimal]], str | None]:
        """The counters of each of these items (at most 100) that is there, and which of them has the mark."""


class RunsUnavailable(Exception):
    """What is stored of runs, or of their answers, cannot be reached just now."""


class RunStore(Protocol):
    """Jobs, and requests under idempotency keys. Every method raises RunsUnavailable."""

    def claim(self, run: StoredRun, now: datetime) -> StoredRun | None:
        """Takes a run (`run.status` is running) for its owner. None: it is taken; else what stands in the way."""

    def put_new(self, run: StoredRun, now: datetime) -> bool:
        """Stores a run under a name of which nothing is stored yet."""

    def read(self, name: str, now: datetime) -> StoredRun | None:
        """What is stored, unless it has expired."""

    def advance(self, run: StoredRun, status: RunStatus) -> bool:
        """Gives a run its next status, provided that it stands as `run` has it: the same status and owner."""

    def forget(self, run: StoredRun) -> None:
        """Removes a run that is still this owner's: its name is free again."""


class TextStore(Protocol):
    """Bodies and answers, kept for as long as the stack's operator says. Every method raises RunsUnavailable."""

    def put(self, key: str, text: str) -> None: ...

    def get(self, key: str, at_most: int | None = None) -> str | None:
        """The text; None: there is none. Raises TextTooLarge where it has more bytes than `at_most`."""

    def upload_url(self, key: str, seconds: int) -> str:
        """Where anybody who has the address can PUT a text, for so long."""


class TextTooLarge(Exception):
    """A stored text is larger than it may be."""


class JobQueue(Protocol):
    def send(self, text: str) -> None:
        """Raises RunsUnavailable."""

    def again_in(self, receipt: str, seconds: int) -> None:
        """A message that was received is delivered again then, not when its visibility timeout ends. Never raises."""


class RulesUnavailable(Exception):
    """The rules cannot be read just now."""


class RulesStore(Protocol):
    def read_set(self) -> Mapping[str, str]:
        """Every parameter: name below the rules path → JSON text; empty where none is set. RulesUnavailable."""

    def read_heads(self) -> Mapping[str, str]:
        """`manifest` and `rollout`, where they are set. RulesUnavailable."""


class Telemetry(Protocol):
    """What operators see. No prompt, answer or key goes into any of it."""

    def request_settled(self, record: LedgerRecord) -> None: ...

    def event(self, name: str, **details: object) -> None:
        """A named event: a metric of that name counts it, a log line holds its details. Its name stands in
        `domain.metric_names`."""

    def measure(self, name: str, value: float, dimension: tuple[Dimension, str] | None = None) -> None:
        """A value of a metric of `domain.metric_names`, with one of its dimensions or none."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, UTC."""

    def monotonic(self) -> float:
        """Seconds, for measuring."""

    def sleep(self, seconds: float) -> None: ...
