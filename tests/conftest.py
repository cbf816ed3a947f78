import pytest

from model_router.domain.routing.policy import Policy
from tests.support.presets import PRESETS, Preset


@pytest.fixture(scope="module", params=PRESETS, ids=str)
def preset(request: pytest.FixtureRequest) -> Preset:
    """Each preset in turn: the article's models, and the 5.5 line."""
    found: Preset = request.param
    return found


@pytest.fixture(scope="module")
def policy(preset: Preset) -> Policy:
    """Each preset's rules as they are."""
    return preset.policy()
