"""What a decision leaves out, since it could not matter: it comes to the same as the whole."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from model_router.domain.estimate.input_size import InputSize
from model_router.domain.routing.fit import Needs, obstacle
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.recognition import Recogniser
from model_router.domain.routing.text_model import packaged_text_model

_MODEL = packaged_text_model()
_TELLING = sorted(name[2:] for name, weight in _MODEL.weights.items() if name[0] == "w" and abs(weight) > 40)
_PIECES = st.one_of(
    st.sampled_from(_TELLING),
    st.sampled_from(
        ["\n", "? ", ": ", ". ", " or ", "a) b) c) d) ", "def f(x) {", " 12 ", " 3 dollars ", "=", "__", "..", "é"]
    ),
    st.text(max_size=8),
)
_TEXTS = st.lists(_PIECES, min_size=1, max_size=40).map(" ".join)
_SYSTEMS = st.sampled_from([None, "You are kind.", "Respond with one word."])


@cache
def recogniser(easy_from: int) -> Recogniser:
    return Recogniser(_MODEL, "classification", easy_from, 20)


@given(_TEXTS, _SYSTEMS, st.sampled_from([10, 50, 90]))
def test_whether_a_text_is_easy_is_the_same_without_what_cannot_make_it_easy(
    text: str, system: str | None, easy_from: int
) -> None:
    judge = recogniser(easy_from)
    whole, short = judge.recognise([text], system), judge.easy([text], system)
    if whole.kind == "easy":
        assert (short.kind, short.score, short.reason) == (whole.kind, whole.score, whole.reason)
    else:
        assert short.kind == "unsure"


@given(st.integers(0, 3_000_000), st.integers(0, 300_000))
def test_what_all_tiers_have_room_for_has_an_obstacle_on_none(policy: Policy, characters: int, max_tokens: int) -> None:
    body = {"messages": [{"role": "user", "content": "a" * characters}], "max_tokens": max_tokens}
    needs = Needs.of(body, InputSize.of(body))
    if policy.common_room.holds(needs):
        assert [obstacle(room, needs) for room in policy.rooms.values()] == [None] * len(policy.rooms)
