"""moto's queues, with calls whose time does not grow with the number of waiting messages.

moto visits every message of a queue for each send, receive and delete. In a soak, thousands of jobs wait at a time.
"""

import heapq
from collections.abc import Iterable, Iterator
from copy import copy, deepcopy
from itertools import count, islice
from typing import Any, Self

from moto.core.utils import unix_time_millis
from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue

_LOOKED_AT = 100  # SQS gives ten at most


class IndexedMessage(Message):
    """Notifies its queue when it is received or hidden."""

    queue: "IndexedQueue | None" = None

    @property
    def due(self) -> float:
        """The time from which it can be received, in milliseconds since the epoch."""
        return max(self.visible_at, self.delayed_until)

    def mark_received(self, visibility_timeout: int | None = None) -> None:
        super().mark_received(visibility_timeout)
        if self.queue is not None and self.receipt_handle is not None:
            self.queue.note_handle(self.receipt_handle, self)

    def change_visibility(self, visibility_timeout: int) -> None:
        super().change_visibility(visibility_timeout)
        if self.queue is not None:
            self.queue.schedule(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """moto copies each message that it returns. The copy has no queue."""
        made = copy(self)
        made.queue = None
        made.message_attributes = deepcopy(self.message_attributes, memo)
        return made


class _Messages:
    """The queue's messages, with the methods of a list that moto uses."""

    def __init__(self, queue: "IndexedQueue", messages: Iterable[IndexedMessage]) -> None:
        self._queue = queue
        self._kept: dict[IndexedMessage, None] = {}
        for message in messages:
            self.append(message)

    def append(self, message: IndexedMessage) -> None:
        self._kept[message] = None
        message.queue = self._queue
        self._queue.schedule(message)

    def remove(self, message: IndexedMessage) -> None:
        del self._kept[message]
        self._queue.forget(message)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, message: object) -> bool:
        return message in self._kept

    def __iter__(self) -> Iterator[IndexedMessage]:
        return iter(list(self._kept))


class IndexedQueue(Queue):
    """Indexes its messages by visibility time and by receipt handle."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._numbers = count()
        self._ready: dict[IndexedMessage, None] = {}
        self._hidden: list[tuple[float, int, IndexedMessage]] = []
        self._by_handle: dict[str, IndexedMessage] = {}
        super().__init__(*arguments, **named)

    @property  # type: ignore[override] # moto's is a list
    def _messages(self) -> _Messages:
        return self._all

    @_messages.setter  # type: ignore[override]
    def _messages(self, messages: Iterable[IndexedMessage]) -> None:
        self._ready, self._hidden, self._by_handle = {}, [], {}
        self._all = _Messages(self, messages)

    def schedule(self, message: IndexedMessage) -> None:
        """Call when the message's visibility time has changed."""
        with self._messages_lock:
            self._ready.pop(message, None)
            heapq.heappush(self._hidden, (message.due, next(self._numbers), message))

    def forget(self, message: IndexedMessage) -> None:
        """Call when the message has left the queue."""
        with self._messages_lock:
            self._ready.pop(message, None)
            for handle in message.all_receipt_handles:
                self._by_handle.pop(handle or "", None)

    def note_handle(self, handle: str, message: IndexedMessage) -> None:
        self._by_handle[handle] = message

    @property
    def messages(self) -> list[Message]:
        """The first messages that can be received now. All of them for FIFO queues, where a group may block some."""
        with self._messages_lock:
            self._show_due()
            return list(self._ready if self.fifo_queue else islice(self._ready, _LOOKED_AT))

    @property
    def approximate_number_of_messages(self) -> int:
        with self._messages_lock:
            self._show_due()
            return len(self._ready)

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        return self._count_hidden(delayed=True)

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        return self._count_hidden(delayed=False)

    def _count_hidden(self, *, delayed: bool) -> int:
        with self._messages_lock:
            self._show_due()
            now = unix_time_millis()
            hidden = {message for due, _, message in self._hidden if message in self._all and message.due == due}
            return sum((message.delayed_until > now) is delayed for message in hidden)

    def _show_due(self) -> None:
        now = unix_time_millis()
        while self._hidden and self._hidden[0][0] < now:
            due, _, message = heapq.heappop(self._hidden)
            if message in self._all and message.due == due:  # otherwise it was deleted or rescheduled
                self._ready[message] = None

    def delete_message(self, receipt_handle: str) -> None:
        if receipt_handle in self.deleted_messages:
            return
        with self._messages_lock:
            message = self._by_handle.get(receipt_handle)
            if message is None:
                raise ReceiptHandleIsInvalid
            self.pending_messages.discard(message)
            self.deleted_messages.update(handle for handle in message.all_receipt_handles if handle)
            self._messages.remove(message)


def use() -> None:
    """Make moto create queues of this class."""
    models.Queue = IndexedQueue  # type: ignore[misc] # where moto takes them from
    models.Message = IndexedMessage  # type: ignore[misc]


def redeliver() -> None:
    """Makes every hidden message visible now, as if its time were over."""
    for regions in models.sqs_backends.values():
        for backend in regions.values():
            for queue in backend.queues.values():
                for message in queue._messages:
                    message.change_visibility(0)
