import json
from collections.abc import Mapping

from tests.support.fakes import FakeClock, FakeRulesStore, FakeTelemetry
from tests.support.samples import rule_parameters

from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.adapters.packaged_rules import packaged_rules
from model_router.domain.routing.rules_parsing import set_hash
from model_router.services.rules_source import RulesSource


class Stand:
    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.store = FakeRulesStore(parameters)
        self.clock = FakeClock()
        self.telemetry = FakeTelemetry()
        self.source = RulesSource(self.store, packaged_rules, packaged_catalog(), self.telemetry, self.clock, 60)

    def default_tier(self) -> str:
        return self.source.current().rules.routing.default_tier

    def later(self) -> None:
        self.clock.elapsed += 70


def pushed(**changed: Mapping[str, object]) -> dict[str, str]:
    parameters = rule_parameters(**changed)
    manifest = {"version": "v", "pushed_at": "x", "hash": set_hash(parameters)}
    return {**parameters, "manifest": json.dumps(manifest)}


OPUS = {"default_tier": "opus"}


def test_a_set_is_read_once_and_kept_for_its_time() -> None:
    stand = Stand(pushed())
    for _ in range(5):
        stand.source.current()
    assert (stand.store.whole_reads, stand.store.head_reads) == (1, 0)


def test_a_change_takes_effect_without_a_deployment() -> None:
    stand = Stand(pushed())
    assert stand.default_tier() == "sonnet"
    stand.store.parameters = pushed(routing=OPUS)
    assert stand.default_tier() == "sonnet"
    stand.later()
    assert stand.default_tier() == "opus"


def test_an_unchanged_manifest_costs_one_small_read() -> None:
    stand = Stand(pushed())
    stand.source.current()
    stand.later()
    stand.source.current()
    assert (stand.store.whole_reads, stand.store.head_reads) == (1, 1)


def test_a_raised_percentage_is_seen_at_the_next_poll() -> None:
    stand = Stand(pushed(rollout={"percent": 10}))
    stand.source.current()
    stand.store.parameters["rollout"] = '{"percent": 50, "salt": "s"}'
    stand.later()
    assert stand.source.current().rules.rollout.percent == 50


def test_an_edit_by_hand_is_used_and_flagged_within_some_polls() -> None:
    stand = Stand(pushed())
    stand.source.current()
    stand.store.parameters["routing"] = rule_parameters(routing=OPUS)["routing"]
    for _ in range(12):
        stand.later()
        stand.source.current()
    assert stand.default_tier() == "opus"
    assert stand.telemetry.named("RulesDrifted")


def test_without_a_manifest_the_set_is_read_at_every_expiry() -> None:
    stand = Stand(rule_parameters())
    stand.source.current()
    stand.later()
    stand.source.current()
    assert stand.store.whole_reads == 2


def test_a_bad_set_is_refused_whole_and_the_last_good_one_stays() -> None:
    stand = Stand(rule_parameters())
    stand.source.current()
    stand.store.parameters = {**rule_parameters(routing=OPUS), "tasks/review": '{"tier": "nope"}'}
    stand.later()
    assert stand.default_tier() == "sonnet"
    findings = stand.telemetry.named("RulesRefused")[0]["findings"]
    assert "tasks/review: tier: 'nope'" in str(findings)


def test_a_store_that_is_away_leaves_the_last_good_set() -> None:
    stand = Stand(rule_parameters(routing=OPUS))
    stand.source.current()
    stand.store.unavailable = True
    stand.later()
    assert stand.default_tier() == "opus"
    assert stand.telemetry.named("RulesUnavailable")


def test_no_parameters_at_all_mean_the_packaged_defaults() -> None:
    stand = Stand({})
    assert stand.source.current().rules.version.startswith("packaged-")
    assert stand.telemetry.events == []


def test_a_start_that_cannot_read_tries_again_and_then_serves_the_defaults_loudly() -> None:
    stand = Stand(rule_parameters(routing=OPUS))
    stand.store.unavailable = True
    assert stand.default_tier() == "sonnet"
    assert stand.store.whole_reads == 3
    assert stand.telemetry.named("RulesUnavailable")[0]["serving"] == "packaged defaults"
    stand.store.unavailable = False
    stand.later()
    assert stand.default_tier() == "opus"


def test_a_start_with_a_bad_set_serves_the_defaults_loudly() -> None:
    stand = Stand({"tiers": "{"})
    assert stand.default_tier() == "sonnet"
    assert stand.telemetry.named("RulesRefused")[0]["serving"] == "packaged defaults"


def test_a_clock_that_is_set_back_does_not_keep_old_rules_in_force() -> None:
    stand = Stand(pushed())
    stand.source.current()
    stand.store.parameters = pushed(routing=OPUS)
    stand.store.parameters["manifest"] = json.dumps({**json.loads(stand.store.parameters["manifest"]), "version": "w"})
    stand.clock.elapsed -= 86_400
    assert stand.default_tier() == "opus"
