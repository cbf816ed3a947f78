from typing import Any

import pytest
from tests.support.presets import Each, Preset
from tests.support.samples import SPAM, messages, plain

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy

#: Longer than the window of Haiku 4.5.
LONG = "Classify this.\n" + "All work and no play makes Jack a dull boy. " * 15_500
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/x.png"}}
MANY_IMAGES = messages([{"type": "text", "text": "Classify these"}, *[IMAGE] * 101])
UNCAPPED = {"tasks__classification": {"max_input_tokens": None}}


def with_a_small_haiku(preset: Preset, **changed: Any) -> Policy:
    """The preset, its Haiku with the limits of Haiku 4.5."""
    card = preset.card_changed("haiku", accepts={"max_images": 100}, context_window=200_000, max_output_tokens=64_000)
    return preset.policy(**card, **changed)


def test_the_cheapest_tier_that_fits_is_chosen_with_its_model(preset: Preset) -> None:
    decision = decide(preset.policy(), plain(SPAM))
    model = preset.of(Each("claude-haiku-4-5-20251001", "claude-haiku-5-5"))
    assert (decision.tier, decision.model) == ("haiku", model)
    assert (decision.arm, decision.proposed_tier) == ("routed", "haiku")


def test_a_prompt_of_250_000_tokens_gets_at_least_sonnet_with_a_reason(preset: Preset) -> None:
    prompt = "Hello. " + "All work and no play makes Jack a dull boy. " * 25_000
    decision = decide(preset.policy(routing={"default_tier": "haiku"}), plain(prompt))
    # Sonnet 5.5 has the newer tokenizer, to which a text is 1.3 times as many tokens.
    least, most = preset.of(Each((200_000, 330_000), (260_000, 429_000)))
    assert least < decision.input_tokens < most
    assert decision.tier == "sonnet"
    assert "input tokens exceed 200,000: at least sonnet" in decision.reason


def test_a_request_is_raised_if_its_tier_cannot_serve_it(preset: Preset) -> None:
    decision = decide(with_a_small_haiku(preset, **UNCAPPED), plain(LONG))
    assert decision.tier == "sonnet"
    assert f"exceed {preset.card('haiku').display_name}'s window of 200,000: raised to sonnet" in decision.reason


def test_max_tokens_above_a_tiers_limit_raise_the_tier(preset: Preset) -> None:
    decision = decide(with_a_small_haiku(preset), plain(SPAM, max_tokens=100_000))
    assert decision.tier == "sonnet"
    assert f"max_tokens 100,000 exceeds {preset.card('haiku').display_name}'s 64,000" in decision.reason


def test_max_tokens_above_every_tiers_limit_are_refused(policy: Policy) -> None:
    with pytest.raises(InvalidRequest, match="exceeds the largest limit of any tier, 128000 tokens"):
        decide(policy, plain(SPAM, max_tokens=128_001))


def test_too_many_images_raise_the_tier(preset: Preset) -> None:
    decision = decide(with_a_small_haiku(preset, **UNCAPPED), MANY_IMAGES)
    assert decision.tier == "sonnet"
    assert f"101 images exceed {preset.card('haiku').display_name}'s limit of 100" in decision.reason


@pytest.mark.parametrize("request_", [plain(LONG), plain(SPAM, max_tokens=100_000), MANY_IMAGES])
def test_haiku_5_5_serves_requests_that_are_too_large_for_haiku_4_5(preset: Preset, request_: RouteRequest) -> None:
    assert decide(preset.policy(**UNCAPPED), request_).tier == preset.of(Each("sonnet", "haiku"))


@pytest.mark.parametrize(
    ("fields", "tier"),
    [({"min_tier": "sonnet"}, "sonnet"), ({"max_tier": "haiku"}, "haiku"), ({"min_tier": "opus"}, "opus")],
)
def test_the_callers_limits_hold(policy: Policy, fields: dict[str, str], tier: str) -> None:
    assert decide(policy, plain("Classify and explain", **fields)).tier == tier


def test_max_tier_keeps_a_request_down_even_where_it_may_not_fit(preset: Preset) -> None:
    decision = decide(with_a_small_haiku(preset), plain(SPAM, max_tokens=100_000, max_tier="haiku"))
    assert decision.tier == "haiku"
    assert "no higher tier is allowed" in decision.reason


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"min_tier": "gold"}, "min_tier 'gold' is not one of the tiers haiku, sonnet, opus"),
        ({"min_tier": "opus", "max_tier": "haiku"}, "min_tier opus is above max_tier haiku"),
    ],
)
def test_unknown_tiers_and_contradictory_limits_are_refused(policy: Policy, fields: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        decide(policy, plain(SPAM, **fields))


@pytest.mark.parametrize(
    ("name", "tier", "model"),
    [
        ("opus", Each("opus", "opus"), Each("claude-opus-4-7", "claude-opus-5-5")),
        ("claude-haiku-4-5", Each("haiku", "other"), Each("claude-haiku-4-5", "claude-haiku-4-5")),
        ("claude-opus-5-5", Each("other", "opus"), Each("claude-opus-5-5", "claude-opus-5-5")),
    ],
)
def test_a_tier_or_a_model_of_the_catalog_pins_a_request(
    preset: Preset, name: str, tier: Each[str], model: Each[str]
) -> None:
    decision = decide(preset.policy(), messages("Classify this", model=name))
    assert (decision.arm, decision.tier, decision.model) == ("pinned", preset.of(tier), preset.of(model))


def test_a_model_that_is_not_in_the_catalog_is_passed_on(policy: Policy) -> None:
    decision = decide(policy, messages("x", model="gpt-9"))
    assert (decision.arm, decision.tier, decision.model) == ("pinned", "unlisted", "gpt-9")


def test_the_control_arm_goes_to_the_baseline_tier(preset: Preset) -> None:
    decision = decide(preset.policy(rollout={"percent": 0}), plain(SPAM))
    assert (decision.arm, decision.tier, decision.proposed_tier) == ("control", "opus", "haiku")
    assert "control arm: baseline tier opus" in decision.reason


def test_a_dry_run_ignores_the_arm_and_names_it(preset: Preset) -> None:
    decision = decide(preset.policy(rollout={"percent": 0}), plain(SPAM, dry_run=True))
    assert (decision.arm, decision.tier) == ("control", "haiku")
    assert "control arm" in decision.reason


def test_raising_the_percentage_only_adds_routed_requests(preset: Preset) -> None:
    requests = [plain(f"Classify number {number}") for number in range(400)]
    policies = [preset.policy(rollout={"percent": percent}) for percent in (10, 40, 90)]
    routed = [
        {place for place, request in enumerate(requests) if decide(policy, request).arm == "routed"}
        for policy in policies
    ]
    assert routed[0] < routed[1] < routed[2]
    assert 15 <= len(routed[0]) <= 70


def test_a_conversation_stays_in_its_arm(preset: Preset) -> None:
    half = preset.policy(rollout={"percent": 50})
    for number in range(50):
        first = f"Classify number {number}"
        begun = decide(half, messages(first)).arm
        assert decide(half, messages(first, "SPAM", "and this?")).arm == begun
