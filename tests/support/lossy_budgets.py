"""Budgets behind a network that delays, repeats and loses whatever it likes."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from model_router.domain.budgets.entry import Answer, Entry, Item
from model_router.domain.budgets.ports import Budgets, BudgetsUnavailable


class LossyBudgets:
    """Each write is sent up to twice, as the AWS client does. Copies stay under way and may arrive at any later step.

    `faults`: the share of sends that go wrong. `meanwhile` is called before each step: what others do at that moment.
    """

    def __init__(self, store: Budgets, random: Random, faults: float) -> None:
        self.store = store
        self.steps = 0
        self.random = random
        self.faults = faults
        self.under_way: list[Entry] = []
        self.meanwhile: Callable[[], object] = bool

    def write(self, entry: Entry) -> Answer:
        self.meanwhile()
        for number in range(2):
            self.deliver_some()
            self.steps += 1
            fate = self.random.choice(("lost", "late", "answer lost", "answer lost and late copy"))
            if self.random.random() >= self.faults:
                fate = "arrives"
            if fate in ("late", "answer lost and late copy"):
                self.under_way.append(entry)
            if fate in ("arrives", "answer lost", "answer lost and late copy"):
                answer = self.store.write(entry)
                if fate == "arrives":
                    return Answer(answer.applied, answer.item, repeated=number > 0)
        raise BudgetsUnavailable("UpdateItem: ReadTimeoutError")

    def deliver_some(self) -> None:
        for entry in list(self.under_way):
            if self.random.random() < 0.3:
                self.under_way.remove(entry)
                self.store.write(entry)

    def deliver_all(self) -> None:
        self.random.shuffle(self.under_way)
        while self.under_way:
            self.store.write(self.under_way.pop())

    def read(self, keys: Sequence[str]) -> Mapping[str, Item]:
        return self.store.read(keys)
