import pytest
from tests.support.samples import SPAM, messages, plain, policy

from model_router.domain.errors import InvalidRequest, NotFound
from model_router.domain.routing.decision import decide

POLICY = policy()


def test_the_cheapest_tier_that_fits_is_chosen_with_its_model() -> None:
    decision = decide(POLICY, plain(SPAM))
    assert (decision.tier, decision.model) == ("haiku", "claude-haiku-4-5-20251001")
    assert (decision.arm, decision.proposed_tier) == ("routed", "haiku")


def test_a_prompt_of_250_000_tokens_gets_at_least_sonnet_and_says_why() -> None:
    prompt = "Hello. " + "All work and no play makes Jack a dull boy. " * 25_000
    decision = decide(policy(routing={"default_tier": "haiku"}), plain(prompt))
    assert 200_000 < decision.input_tokens < 330_000
    assert decision.tier == "sonnet"
    assert "input tokens are over 200,000: at least sonnet" in decision.reason


def test_a_request_that_its_tier_cannot_take_is_raised() -> None:
    prompt = "Classify this.\n" + "All work and no play makes Jack a dull boy. " * 15_500
    decision = decide(policy(tasks__classification={"max_input_tokens": None}), plain(prompt))
    assert decision.tier == "sonnet"
    assert "exceed Claude Haiku 4.5's window of 200,000: sonnet" in decision.reason


def test_max_tokens_beyond_a_tiers_limit_raise_it() -> None:
    decision = decide(POLICY, plain(SPAM, max_tokens=100_000))
    assert decision.tier == "sonnet"
    assert "max_tokens 100,000 exceeds Claude Haiku 4.5's 64,000" in decision.reason


def test_max_tokens_that_no_tier_writes_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="no tier writes more than 128000"):
        decide(POLICY, plain(SPAM, max_tokens=128_001))


def test_too_many_images_raise_the_tier() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/x.png"}}
    decision = decide(
        POLICY, messages([{"type": "text", "text": "Classify these"}, *[image] * 101], router={"task": None})
    )
    assert decision.tier == "sonnet"


@pytest.mark.parametrize(
    ("fields", "tier"),
    [({"min_tier": "sonnet"}, "sonnet"), ({"max_tier": "haiku"}, "haiku"), ({"min_tier": "opus"}, "opus")],
)
def test_the_callers_limits_hold(fields: dict[str, str], tier: str) -> None:
    assert decide(POLICY, plain("Classify and explain", **fields)).tier == tier


def test_max_tier_keeps_a_request_down_even_where_it_may_not_fit() -> None:
    decision = decide(POLICY, plain(SPAM, max_tokens=100_000, max_tier="haiku"))
    assert decision.tier == "haiku"
    assert "no higher tier is allowed" in decision.reason


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"min_tier": "gold"}, "min_tier 'gold' is not one of the tiers haiku, sonnet, opus"),
        ({"min_tier": "opus", "max_tier": "haiku"}, "min_tier opus is above max_tier haiku"),
    ],
)
def test_tiers_that_cannot_be_are_refused(fields: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        decide(POLICY, plain(SPAM, **fields))


@pytest.mark.parametrize(
    ("name", "tier", "model"),
    [
        ("opus", "opus", "claude-opus-4-7"),
        ("claude-haiku-4-5", "haiku", "claude-haiku-4-5"),
        ("claude-opus-5-5", "other", "claude-opus-5-5"),
    ],
)
def test_a_tier_or_a_model_of_the_catalog_pins_a_request(name: str, tier: str, model: str) -> None:
    decision = decide(POLICY, messages("Classify this", model=name))
    assert (decision.arm, decision.tier, decision.model) == ("pinned", tier, model)


def test_a_model_that_is_not_in_the_catalog_is_a_404_that_names_those_that_are() -> None:
    with pytest.raises(NotFound, match=r"'gpt-9' is not known here.*auto.*haiku, sonnet, opus.*claude-opus-4-7"):
        decide(POLICY, messages("x", model="gpt-9"))


def test_the_control_arm_goes_to_the_baseline_tier() -> None:
    decision = decide(policy(rollout={"percent": 0}), plain(SPAM))
    assert (decision.arm, decision.tier, decision.proposed_tier) == ("control", "opus", "haiku")
    assert "control arm: baseline tier opus" in decision.reason


def test_a_dry_run_ignores_the_arm_and_names_it() -> None:
    decision = decide(policy(rollout={"percent": 0}), plain(SPAM, dry_run=True))
    assert (decision.arm, decision.tier) == ("control", "haiku")
    assert "control arm" in decision.reason


def test_raising_the_percentage_only_adds_to_the_routed() -> None:
    requests = [plain(f"Classify number {number}") for number in range(400)]
    routed = [
        {
            place
            for place, request in enumerate(requests)
            if decide(policy(rollout={"percent": percent}), request).arm == "routed"
        }
        for percent in (10, 40, 90)
    ]
    assert routed[0] < routed[1] < routed[2]
    assert 15 <= len(routed[0]) <= 70


def test_a_conversation_stays_in_its_arm() -> None:
    half = policy(rollout={"percent": 50})
    for number in range(50):
        first = f"Classify number {number}"
        begun = decide(half, messages(first)).arm
        assert decide(half, messages(first, "SPAM", "and this?")).arm == begun
