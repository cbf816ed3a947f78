"""Budgets against local AWS: the adapter's steps, and the race that a limit must not lose."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.support.budget_processes import LIMIT, Processes, stack

from model_router.adapters.aws.dynamodb_budgets import DynamoBudgets
from model_router.domain.budgets.account import Account, accounts
from model_router.domain.budgets.entry import Answer, Entry, Hold
from model_router.domain.budgets.ports import BudgetsUnavailable
from model_router.domain.budgets.rules import BudgetRules, Limits, SessionLimits, StackLimits
from model_router.services.budgets.counters import Settlements
from model_router.services.budgets.reservations import BudgetReservations, LimitReached

pytestmark = pytest.mark.local
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CREDENTIALS: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
ONE = Decimal("0.0123")
THREADS, FITTING = 200, 50


@pytest.fixture(scope="module")
def dynamodb(aws_url: str) -> Any:
    patient = Config(max_pool_connections=THREADS, read_timeout=60, retries={"total_max_attempts": 5})
    return boto3.client("dynamodb", endpoint_url=aws_url, config=patient, **CREDENTIALS)


@pytest.fixture(scope="module")
def budgets(dynamodb: Any) -> DynamoBudgets:
    [name] = [name for name in dynamodb.list_tables()["TableNames"] if "BudgetsTable" in name]
    return DynamoBudgets(dynamodb, name)


@pytest.fixture
def fault(aws_url: str) -> Iterator[Callable[..., None]]:
    """Sets a fault of DynamoDB's UpdateItem, for once."""

    def order(**fields: Any) -> None:
        body = {"service": "dynamodb", "operation": "UpdateItem", "times": 1, **fields}
        request = urllib.request.Request(f"{aws_url}/_local/faults", json.dumps(body).encode(), method="POST")
        urllib.request.urlopen(request).close()

    yield order
    urllib.request.urlopen(urllib.request.Request(f"{aws_url}/_local/faults", method="DELETE")).close()


def of_client(name: str, limit: Decimal) -> Account:
    [account] = accounts(BudgetRules(clients={name: Limits(daily_usd=limit, monthly_usd=limit)}), name, NOON)
    return account


def of_stack(month: str, limit: Decimal) -> Account:
    [account] = accounts(BudgetRules(stack=StackLimits(daily_usd=limit)), "c", NOON)
    return replace(account, period=month)


def of_session(session: str, limit: Decimal) -> Account:
    [account] = accounts(BudgetRules(every_session=SessionLimits(total_usd=limit)), "c", NOON, session)
    return account


def spent(budgets: DynamoBudgets, account: Account) -> Decimal:
    """Held and spent: what the account's item has given, and what its shards have left of it."""
    keys = [account.key, *(account.shard_key(shard) for shard in range(account.shards))]
    counter = "t" if account.holder == "session" else "d23"
    return sum((Decimal(item.get(counter, 0)) for item in budgets.read(keys).values()), Decimal(0))


def noon_ms() -> int:
    return int(NOON.timestamp() * 1000)


class OneProcess:
    """Holds and settles, at noon."""

    def __init__(self, budgets: DynamoBudgets) -> None:
        self._holds = BudgetReservations(budgets, noon_ms)
        self._settlements = Settlements(budgets, noon_ms)

    def take(self, account: Account, attempt_id: str, amount: Decimal) -> Hold | LimitReached:
        taken = self._holds.hold(account, self._holds.planned(account, attempt_id, amount))
        if isinstance(taken.result, BudgetsUnavailable):
            raise taken.result
        return taken.result

    def settle(self, hold: Hold, spent: Decimal) -> None:
        self._settlements.settle(hold, spent, noon_ms())


@pytest.mark.parametrize(
    "account",
    [of_client("racing", FITTING * ONE), of_session("ses_racing", FITTING * ONE), of_stack("race", FITTING * ONE)],
    ids=["a client's counter", "a session's counter", "the stack's eight shards"],
)
def test_200_threads_at_a_limit_for_50_never_exceed_it(budgets: DynamoBudgets, account: Account) -> None:
    holds = OneProcess(budgets)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda n: holds.take(account, f"req_{n}-1", ONE), range(THREADS)))
    taken = [answer for answer in answers if isinstance(answer, Hold)]
    # Shards may release the last amounts after the last request; a single counter admits exactly this number.
    assert len(taken) <= FITTING
    assert len(taken) >= (FITTING if account.shards == 1 else FITTING - account.shards)
    assert spent(budgets, account) == len(taken) * ONE <= FITTING * ONE
    # Half of them turn out free, half cost what they held: what was not used comes back, once.
    for number, hold in enumerate(taken):
        cost = ONE if number % 2 else Decimal(0)
        holds.settle(hold, cost)
        holds.settle(hold, cost)
    still = len(taken) // 2
    assert spent(budgets, account) == still * ONE
    again = [holds.take(account, f"req_again{n}-1", ONE) for n in range(FITTING)]
    assert sum(isinstance(answer, Hold) for answer in again) == FITTING - still


def test_a_reservation_that_was_spent_exactly_is_settled(budgets: DynamoBudgets) -> None:
    """The difference is a zero with an exponent, which moto does not add."""
    amount = Decimal("0.0000012")
    hold = OneProcess(budgets).take(of_client("exact", ONE), "req_exact-1", amount)
    assert isinstance(hold, Hold)
    OneProcess(budgets).settle(hold, amount)
    [item] = budgets.read([hold.key]).values()
    assert item["d23"] == amount
    assert hold.mark not in item


def test_an_entry_is_applied_completely_or_not_at_all(budgets: DynamoBudgets) -> None:
    entry = Entry(
        "once#2026-11", NOON, {"d23": ONE, "m": ONE}, {"m": ONE}, {"A-1": None}, {"A-1": "held 5 1"}, after=5, look=True
    )
    made: dict[str, Decimal | str] = {"d23": ONE, "m": ONE, "A-1": "held 5 1"}
    assert budgets.write(entry) == Answer(True, made)
    assert budgets.write(entry) == Answer(False, made)
    assert budgets.write(replace(entry, expected={"B-1": None}, sets={"B-1": "x"})) == Answer(False, made)
    assert budgets.read(["once#2026-11", "none"]) == {"once#2026-11": made}
    swept = Entry("once#2026-11", NOON, sets={"fence": Decimal(7)}, removes=("A-1", "gone"), after=7, look=True)
    assert budgets.write(swept) == Answer(True, {"d23": ONE, "m": ONE, "fence": Decimal(7)})
    assert not budgets.write(replace(entry, after=7, ceilings={})).applied
    assert budgets.write(replace(entry, after=8, ceilings={})).applied


@pytest.mark.parametrize("shards", [1, 4])
@pytest.mark.parametrize("strict", [True, False], ids=["refuse", "allow"])
def test_lost_and_repeated_messages_change_no_sum(budgets: DynamoBudgets, shards: int, strict: bool) -> None:
    for seed in range(4):
        account = replace(stack(shards), period=f"network-{shards}-{strict}-{seed}")
        made = Processes(budgets, account, seed, 0.4, strict=strict)
        for _ in range(50):
            made.step()
            assert not strict or made.called <= LIMIT
        while made.running:
            made.settle()
        made.calm()
        assert made.used() == made.spent


def test_an_unconfirmed_reservation_is_made_once(budgets: DynamoBudgets, fault: Callable[..., None]) -> None:
    account = of_client("unconfirmed", 2 * ONE)
    # It is sent again, and the second finds the first one's mark.
    fault(error="InternalServerError", status=500, when="after")
    assert isinstance(OneProcess(budgets).take(account, "req_1-1", ONE), Hold)
    assert spent(budgets, account) == ONE


def test_an_unconfirmed_settlement_counts_once(budgets: DynamoBudgets, fault: Callable[..., None]) -> None:
    account, holds = of_client("settled-twice", 2 * ONE), OneProcess(budgets)
    hold = holds.take(account, "req_1-1", ONE)
    assert isinstance(hold, Hold)
    fault(error="InternalServerError", status=500, when="after")
    holds.settle(hold, ONE / 2)
    assert spent(budgets, account) == ONE / 2


def test_the_reservations_of_a_dead_process_count_until_their_period_ends(budgets: DynamoBudgets) -> None:
    account, holds = of_client("crashed", ONE), OneProcess(budgets)
    assert isinstance(holds.take(account, "req_dead-1", ONE), Hold)
    assert isinstance(holds.take(account, "req_next-1", ONE), LimitReached)
    tomorrow = accounts(
        BudgetRules(clients={"crashed": Limits(daily_usd=ONE)}), "crashed", datetime(2026, 11, 24, tzinfo=UTC)
    )
    assert isinstance(holds.take(tomorrow[0], "req_next-1", ONE), Hold)


def test_counters_expire_60_days_after_their_month(budgets: DynamoBudgets, dynamodb: Any) -> None:
    account = of_client("kept", ONE)
    OneProcess(budgets).take(account, "req_1-1", ONE)
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "BudgetsTable" in name]
    item = dynamodb.get_item(TableName=table, Key={"pk": {"S": "client:kept#2026-11"}})["Item"]
    assert datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) == datetime(2027, 1, 30, tzinfo=UTC)


def test_a_sessions_counter_expires_after_its_last_use(budgets: DynamoBudgets, dynamodb: Any) -> None:
    rules = BudgetRules(every_session=SessionLimits(total_usd=ONE, kept_days=7))
    for day in (23, 25):
        [account] = accounts(rules, "c", NOON.replace(day=day), "ses_kept")
        assert isinstance(OneProcess(budgets).take(account, f"req_{day}-1", ONE / 2), Hold)
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "BudgetsTable" in name]
    item = dynamodb.get_item(TableName=table, Key={"pk": {"S": "session:ses_kept#all"}})["Item"]
    assert datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) == datetime(2026, 12, 2, 12, tzinfo=UTC)


def test_an_error_carries_the_operation_and_the_code_of_aws(dynamodb: Any) -> None:
    account = of_client("away", ONE)
    holds = OneProcess(DynamoBudgets(dynamodb, "no-such-table"))
    with pytest.raises(BudgetsUnavailable, match="UpdateItem: ResourceNotFoundException"):
        holds.take(account, "req_1-1", ONE)
    with pytest.raises(BudgetsUnavailable, match="BatchGetItem: ResourceNotFoundException"):
        DynamoBudgets(dynamodb, "no-such-table").read(["x"])
