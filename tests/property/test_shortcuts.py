"""What a decision leaves out, since it could not matter: it comes to the same as the whole."""

from hypothesis import given
from hypothesis import strategies as st

from model_router.domain.routing.recognition import Recogniser, SystemText
from model_router.domain.routing.text_features import shape_of
from model_router.domain.routing.text_model import packaged_text_model, percent_at

_MODEL = packaged_text_model()
_TELLING = sorted(name[2:] for name, weight in _MODEL.weights.items() if name[0] == "w" and abs(weight) > 40)
_ASKING = [
    "Is this positive or negative? ",
    "which label: ",
    "Does that follow? ",
    "the text below is ",
    "Rate this from 1 to 5. ",
]
_STRUCTURE = [
    "\n",
    "? ",
    ": ",
    ". ",
    " or ",
    "a) b) c) d) ",
    "- one\n- two\n",
    "def f(x) {",
    " 12 ",
    " 3 dollars ",
    "=",
    "__",
    "..",
]
_PIECES = st.one_of(
    st.sampled_from(_TELLING), st.sampled_from(_STRUCTURE), st.sampled_from(_ASKING), st.text(max_size=8)
)
_TEXTS = st.lists(_PIECES, min_size=1, max_size=12).map(" ".join)
_SYSTEMS = st.sampled_from([None, "You are kind.", "Respond with one word."])


def recogniser(easy_from: int) -> Recogniser:
    return Recogniser(_MODEL, "classification", easy_from, 1)


@given(_TEXTS, _SYSTEMS)
def test_whether_a_text_is_easy_is_the_same_without_what_cannot_make_it_easy(text: str, system: str | None) -> None:
    # Where it is close: as sure as the rules ask for, and not quite.
    score = _MODEL.score(shape_of([text]))
    sure = min(max(percent_at(score), 2), 98)
    for judge in (recogniser(sure - 1), recogniser(sure), recogniser(sure + 1)):
        whole, short = judge.recognise([text], SystemText(system)), judge.easy([text], SystemText(system))
        if whole.kind == "easy":
            assert (short.kind, short.score, short.reason) == (whole.kind, whole.score, whole.reason)
        else:
            assert short.kind == "unsure"
