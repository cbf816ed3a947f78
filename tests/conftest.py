import pytest
from hypothesis import HealthCheck, settings

from model_router.domain.routing.policy import Policy
from tests.support.presets import PRESETS, Preset

# How long an example takes is the machine's affair: times are the benchmarks'.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="module", params=PRESETS, ids=str)
def preset(request: pytest.FixtureRequest) -> Preset:
    """Each preset in turn: the article's models, and the 5.5 line."""
    found: Preset = request.param
    return found


@pytest.fixture(scope="module")
def policy(preset: Preset) -> Policy:
    """Each preset's rules as they are."""
    return preset.policy()
