"""Many instances start at once; Parameter Store serves 40 reads per second. `tests.support.cold_starts` prints more."""

import pytest
from tests.support.cold_starts import at_once, percentile, simulate


@pytest.mark.parametrize("rules_known", [True, False], ids=["rules read before", "rules never read before"])
def test_of_1000_simultaneous_starts_none_serves_packaged_rules_and_p99_is_under_2_seconds(rules_known: bool) -> None:
    done = simulate(at_once(1000), rules_known=rules_known)
    assert done.versions == {"operators": 1000}
    assert percentile(done.rules_seconds, 99) < 2
    assert done.rules_reads <= 6  # three times the pages of the set


@pytest.mark.parametrize(
    "starts", [at_once(300), [number / 50 for number in range(300)]], ids=["300 at once", "50 a second"]
)
def test_every_instance_has_its_key_as_soon_as_parameter_store_can_serve_it(starts: list[float]) -> None:
    done = simulate(starts, with_key=True)
    assert (done.versions, done.without_key) == ({"operators": 300}, 0)
    assert max(done.key_seconds) < 2 * 300 / 40
