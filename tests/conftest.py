import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from devtools.processes.prefork import share
from devtools.processes.start import AWS_LIBRARIES, FUNCTION_LIBRARIES
from model_router.domain.routing.policy import Policy
from tests.support.presets import PRESETS, Preset

# How long an example takes is the machine's affair: times are the benchmarks'.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Let xdist's workers, and the commands that tests start, ask this process for what they would each load."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="nurseries-")
        config.add_cleanup(lambda: shutil.rmtree(folder))
        share(Path(folder), (AWS_LIBRARIES, FUNCTION_LIBRARIES))


@pytest.fixture(scope="module", params=PRESETS, ids=str)
def preset(request: pytest.FixtureRequest) -> Preset:
    """Each preset in turn: the article's models, and the 5.5 line."""
    found: Preset = request.param
    return found


@pytest.fixture(scope="module")
def policy(preset: Preset) -> Policy:
    """Each preset's rules as they are."""
    return preset.policy()
