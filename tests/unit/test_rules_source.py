import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.fakes import FakeClock, FakeRulesStore, FakeSharedRules, FakeTelemetry
from tests.support.samples import rule_parameters

from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.errors import ServiceUnavailable
from model_router.domain.routing.rules_parsing import set_hash
from model_router.services import rules_source
from model_router.services.rules_source import RulesSource

MALFORMED = {"tasks/review": '{"tier": "nope"}'}


class Stack:
    """Parameter Store, the shared object and the instances of one stack."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.store = FakeRulesStore(parameters)
        self.shared = FakeSharedRules()
        self.clock = FakeClock()
        self.telemetry = FakeTelemetry()
        self.source = self.start()

    def start(self) -> RulesSource:
        """A new instance. It has read nothing yet."""
        return RulesSource(self.store, packaged_rules, packaged_catalog(), self.telemetry, self.clock, 60, self.shared)

    def default_tier(self, source: RulesSource | None = None) -> str:
        return (source or self.source).current().rules.routing.default_tier

    def later(self, seconds: float = 70) -> None:
        self.clock.elapsed += seconds

    def edit(self, **changed: Mapping[str, object]) -> None:
        """An edit by hand, now."""
        self.store.parameters |= {name: rule_parameters(**changed)[name] for name in changed}
        self.store.changed_at = self.clock.now()


def pushed(version: str = "v", **changed: Mapping[str, object]) -> dict[str, str]:
    parameters = rule_parameters(**changed)
    manifest = {"version": version, "pushed_at": "x", "hash": set_hash(parameters)}
    return {**parameters, "manifest": json.dumps(manifest)}


OPUS = {"default_tier": "opus"}


def test_a_set_is_read_once_and_used_until_it_expires() -> None:
    stack = Stack(pushed())
    for _ in range(5):
        stack.source.current()
    assert (stack.shared.reads, stack.store.reads) == (1, 1)


def test_the_first_instance_writes_the_set_for_all_the_others() -> None:
    stack = Stack(pushed(routing=OPUS))
    stack.source.current()
    others = [stack.start() for _ in range(20)]
    assert {stack.default_tier(other) for other in others} == {"opus"}
    assert stack.store.reads == 1


def test_a_change_takes_effect_without_a_deployment() -> None:
    stack = Stack(pushed())
    assert stack.default_tier() == "sonnet"
    stack.store.parameters = pushed("w", routing=OPUS)
    assert stack.default_tier() == "sonnet"
    stack.later()
    assert stack.default_tier() == "opus"


@pytest.mark.parametrize("instances", [1, 10, 100])
def test_parameter_store_is_read_at_most_four_times_a_minute_by_all_instances_together(instances: int) -> None:
    stack = Stack(pushed())
    fleet = [stack.start() for _ in range(instances)]
    for _ in range(10 * 60):
        for instance in fleet:
            instance.current()
        stack.later(1)
    assert stack.store.reads <= 4 * 10 + 1


@pytest.mark.parametrize("instances", [1, 10, 100])
def test_an_edit_by_hand_is_used_by_every_instance_within_about_a_minute_and_flagged(instances: int) -> None:
    stack = Stack(pushed())
    fleet = [stack.start() for _ in range(instances)]
    for second in range(60 + 90):
        if second == 60:
            stack.edit(routing=OPUS)
        tiers = {stack.default_tier(instance) for instance in fleet}
        stack.later(1)
    assert tiers == {"opus"}
    assert fleet[0].current().rules.drifted
    assert stack.telemetry.named("RulesDrifted")


def test_an_idle_stack_uses_an_edit_at_its_first_request() -> None:
    stack = Stack(pushed())
    stack.source.current()
    stack.edit(routing=OPUS)
    stack.later(8 * 3600)
    assert stack.default_tier(stack.start()) == "opus"


def test_a_raised_percentage_is_seen_at_the_next_read() -> None:
    stack = Stack(pushed(rollout={"percent": 10}))
    stack.source.current()
    stack.edit(rollout={"percent": 50, "salt": "s"})
    stack.later()
    assert stack.source.current().rules.rollout.percent == 50
    assert not stack.source.current().rules.drifted


def test_half_a_push_is_not_used_while_it_is_being_written() -> None:
    stack = Stack(pushed())
    stack.source.current()
    stack.later()
    stack.edit(routing=OPUS)  # the first parameter of a push; the manifest is still the old one
    assert stack.default_tier() == "sonnet"
    stack.store.parameters = pushed("w", routing=OPUS)
    stack.store.changed_at = stack.clock.now()
    stack.later()
    assert stack.default_tier() == "opus"
    assert not stack.telemetry.named("RulesDrifted")


def test_a_bad_set_is_refused_whole_and_the_last_good_one_stays() -> None:
    stack = Stack(rule_parameters())
    stack.source.current()
    stack.store.parameters = {**rule_parameters(routing=OPUS), **MALFORMED}
    stack.later()
    assert stack.default_tier() == "sonnet"
    findings = stack.telemetry.named("RulesRefused")[0]["findings"]
    assert "tasks/review: tier: 'nope'" in str(findings)


def test_a_store_that_is_unavailable_leaves_the_last_good_set() -> None:
    stack = Stack(rule_parameters(routing=OPUS))
    stack.source.current()
    stack.store.unavailable = True
    stack.later()
    assert stack.default_tier() == "opus"
    assert stack.telemetry.named("RulesUnavailable")


def test_an_unavailable_shared_object_leaves_the_last_good_set() -> None:
    stack = Stack(rule_parameters(routing=OPUS))
    stack.source.current()
    stack.shared.unavailable = True
    stack.later()
    assert stack.default_tier() == "opus"
    assert stack.telemetry.named("RulesUnavailable")


def _throttle(stack: Stack) -> None:
    stack.store.unavailable = True


def _malform(stack: Stack) -> None:
    stack.store.parameters |= MALFORMED


def _empty(stack: Stack) -> None:
    stack.store.parameters = {}


def _remove_a_required_parameter(stack: Stack) -> None:
    del stack.store.parameters["tiers"]


STORE_FAULTS = [_throttle, _malform, _empty, _remove_a_required_parameter]


@pytest.mark.parametrize("fault", STORE_FAULTS)
@pytest.mark.parametrize("minutes", [0, 1, 600])
def test_a_cold_start_uses_the_last_good_set_whatever_parameter_store_does(
    fault: Callable[[Stack], None], minutes: int
) -> None:
    stack = Stack(pushed(routing=OPUS))
    stack.source.current()
    fault(stack)
    stack.later(minutes * 60)
    assert stack.default_tier(stack.start()) == "opus"


@pytest.mark.parametrize("fault", STORE_FAULTS)
def test_a_stack_with_rules_never_serves_the_packaged_ones(fault: Callable[[Stack], None]) -> None:
    """Without the shared object, a failed read cannot tell whether there ever were rules."""
    stack = Stack(pushed(routing=OPUS))
    stack.shared.unavailable = True
    fault(stack)
    with pytest.raises(ServiceUnavailable):
        stack.source.current()


def test_a_start_without_rules_is_a_retryable_503_after_at_most_a_second() -> None:
    stack = Stack(pushed())
    stack.store.unavailable = stack.shared.unavailable = True
    with pytest.raises(ServiceUnavailable) as raised:
        stack.source.current()
    assert stack.clock.elapsed <= 1
    error = raised.value
    assert (error.status, error.should_retry, error.headers) == (503, True, {"retry-after": "1"})
    assert stack.telemetry.named("RulesUnavailable")[0]["serving"] == "nothing"
    stack.store.unavailable = False
    assert stack.default_tier() == "sonnet"


def test_a_start_continues_as_soon_as_the_store_answers() -> None:
    stack = Stack(pushed(routing=OPUS))
    stack.store.unavailable = True
    stack.clock.after(0.5, lambda: setattr(stack.store, "unavailable", False))
    assert stack.default_tier() == "opus"
    assert stack.clock.elapsed <= 1


def test_a_start_without_the_shared_object_reads_parameter_store() -> None:
    stack = Stack(pushed(routing=OPUS))
    stack.shared.unavailable = True
    assert stack.default_tier() == "opus"
    assert stack.telemetry.named("RulesUnavailable")


def test_a_start_with_a_bad_set_and_no_good_one_before_it_serves_nothing_and_says_why() -> None:
    stack = Stack({"tiers": "{"})
    with pytest.raises(ServiceUnavailable):
        stack.source.current()
    assert "tiers: is not JSON" in str(stack.telemetry.named("RulesRefused")[0]["findings"])


def test_a_stack_that_never_had_rules_serves_the_packaged_ones_to_every_instance() -> None:
    stack = Stack({})
    assert stack.source.current().rules.version.startswith("packaged-")
    stack.store.unavailable = True
    assert stack.start().current().rules.version.startswith("packaged-")
    assert stack.telemetry.events == []


def test_the_first_push_replaces_the_packaged_rules() -> None:
    stack = Stack({})
    stack.source.current()
    stack.store.parameters = pushed(routing=OPUS)
    stack.later()
    assert stack.default_tier() == "opus"


def test_a_stack_whose_parameters_and_object_were_deleted_keeps_its_rules() -> None:
    stack = Stack(pushed(routing=OPUS))
    stack.source.current()
    stack.store.parameters, stack.shared.content = {}, None
    stack.later()
    assert stack.default_tier() == "opus"


@pytest.mark.parametrize("fault", STORE_FAULTS)
def test_a_deleted_object_is_written_again_whatever_parameter_store_does(fault: Callable[[Stack], None]) -> None:
    stack = Stack(pushed(routing=OPUS))
    stack.source.current()
    stack.shared.content = None
    fault(stack)
    stack.later()
    stack.source.current()
    assert stack.default_tier(stack.start()) == "opus"


def test_a_pushed_set_that_this_release_refuses_leaves_the_set_before_it_across_cold_starts() -> None:
    stack = Stack(pushed())
    stack.source.current()
    good = stack.shared.content
    assert good is not None
    assert good.sets is not None
    newer = {**pushed("w", routing=OPUS), **MALFORMED}
    stack.store.parameters = newer
    stack.shared.content = replace(good, sets=(newer, *good.sets))
    stack.later()
    assert stack.default_tier(stack.start()) == "sonnet"
    assert stack.telemetry.named("RulesRefused")
    assert stack.shared.content.sets == (newer, *good.sets)


def test_an_instance_that_was_frozen_in_the_middle_does_not_replace_a_newer_set() -> None:
    """It reads Parameter Store before a push, and continues after it."""
    stack = Stack(pushed())
    stack.source.current()
    stack.later()
    read = stack.store.read_edited
    newest = pushed("w", routing=OPUS)

    def frozen_while_reading() -> object:
        old = read()
        assert stack.shared.content is not None
        stack.shared.content = replace(stack.shared.content, sets=(newest,), tag="pushed")
        return old

    stack.edit(routing={"default_tier": "haiku"})
    stack.later(30)
    stack.store.read_edited = frozen_while_reading  # type: ignore[method-assign,assignment]
    stack.source.current()
    assert stack.shared.content is not None
    assert stack.shared.content.sets == (newest,)


def test_an_instance_that_dies_while_it_reads_for_all_holds_up_the_others_for_less_than_a_second() -> None:
    stack = Stack(pushed(routing=OPUS))
    stack.store.unavailable = True
    with pytest.raises(ServiceUnavailable):
        stack.source.current()
    assert stack.shared.content is not None
    assert stack.shared.content.sets is None
    stack.store.unavailable = False
    before = stack.clock.elapsed
    assert stack.default_tier(stack.start()) == "opus"
    assert stack.clock.elapsed - before < 1


def test_a_clock_that_is_set_back_does_not_keep_old_rules_in_force() -> None:
    stack = Stack(pushed())
    stack.source.current()
    stack.store.parameters = pushed("w", routing=OPUS)
    stack.clock.elapsed -= timedelta(days=1).total_seconds()
    assert stack.default_tier() == "opus"


class Hanging:
    """Makes one operation of a store wait for `flowing`, as an endpoint does that sends a byte now and then."""

    def __init__(self) -> None:
        self.flowing = threading.Event()

    def hang(self, store: object, operation: str) -> None:
        answer = getattr(store, operation)

        def late(*arguments: object) -> object:
            self.flowing.wait(10)
            return answer(*arguments)

        setattr(store, operation, late)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    monkeypatch.setattr(rules_source, "_READ_SECONDS", 0.05)
    hanging = Hanging()
    yield hanging
    hanging.flowing.set()


OPERATIONS = [("shared", "read"), ("shared", "replace"), ("store", "read_edited")]


@pytest.mark.parametrize(("store", "operation"), OPERATIONS)
def test_a_start_whose_read_hangs_is_a_503_in_time_and_uses_the_read_once_it_ends(
    hanging: Hanging, store: str, operation: str
) -> None:
    stack = Stack(pushed(routing=OPUS))
    hanging.hang(getattr(stack, store), operation)
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            stack.source.current()
    assert stack.shared.reads <= 1, "a hanging read is not started again"
    assert stack.telemetry.named("RulesUnavailable")[0]["serving"] == "nothing"
    hanging.flowing.set()
    assert stack.default_tier() == "opus"


@pytest.mark.parametrize(("store", "operation"), OPERATIONS)
def test_a_hanging_refresh_leaves_the_last_good_set_and_the_next_one_reads_again(
    hanging: Hanging, store: str, operation: str
) -> None:
    stack = Stack(pushed())
    stack.source.current()
    hanging.hang(getattr(stack, store), operation)
    stack.store.parameters = pushed("w", routing=OPUS)
    stack.later()
    assert stack.default_tier() == "sonnet"
    assert stack.telemetry.named("RulesUnavailable")
    hanging.flowing.set()
    stack.later()
    assert stack.default_tier() == "opus"
