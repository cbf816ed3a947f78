"""A record is read back by its client alone, and settled where it is about to be."""

import pytest
from tests.support.fakes import FakeClock, FakeLedger
from tests.support.ledger_records import new_record, settled, with_intent, with_outcome

from model_router.domain.errors import NotFound, UpstreamError
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.services.read_request import ReadRequestService
from model_router.services.request_path.ledger_writer import SETTLE_SECONDS

OPEN = with_intent(new_record())
SETTLED = settled(with_outcome(OPEN))


class Ledger(FakeLedger):
    """Returns one record per read, and the last one from then on. For None it raises LedgerUnavailable."""

    def __init__(self, *looks: LedgerRecord | None) -> None:
        super().__init__()
        self._looks = list(looks)
        self.reads = 0

    def read(self, request_id: str) -> LedgerRecord | None:
        self.reads += 1
        seen = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        if seen is None:
            raise LedgerUnavailable("GetItem: InternalServerError")
        return seen


def read(ledger: Ledger, client: str = OPEN.client) -> tuple[LedgerRecord, float]:
    """The record, and the seconds that it took."""
    clock = FakeClock()
    return ReadRequestService(ledger, clock).read(OPEN.request_id, client), clock.elapsed


def test_a_settled_record_is_read_once_and_at_once() -> None:
    ledger = Ledger(SETTLED)
    assert read(ledger) == (SETTLED, 0)
    assert ledger.reads == 1


def test_one_that_is_being_settled_is_waited_for() -> None:
    found, seconds = read(Ledger(OPEN, OPEN, SETTLED))
    assert found == SETTLED
    assert seconds == pytest.approx(0.06)


def test_one_that_is_under_way_is_shown_open_after_a_moment() -> None:
    found, seconds = read(Ledger(OPEN))
    assert found == OPEN
    assert seconds == pytest.approx(SETTLE_SECONDS)


def test_another_clients_record_is_not_found_without_a_wait() -> None:
    ledger = Ledger(OPEN)
    with pytest.raises(NotFound):
        read(ledger, "another")
    assert ledger.reads == 1


@pytest.mark.parametrize("looks", [(None,), (OPEN, None)])
def test_an_unavailable_ledger_is_an_error(looks: tuple[LedgerRecord | None, ...]) -> None:
    with pytest.raises(UpstreamError):
        read(Ledger(*looks))
