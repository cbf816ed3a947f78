"""When a later turn takes a conversation up from a tier below the default.

Under an instruction each turn is data ("label my reviews", then review after review), and data says nothing about the
tier. A turn that makes or solves something ("now implement it") goes up.
"""

from collections.abc import Sequence

from model_router.domain.routing.answer_form import FREE_TOOLS
from model_router.domain.routing.asks import harder_order_in, sentences_of
from model_router.domain.routing.lexicon import words
from model_router.domain.routing.recognition import Recognition
from model_router.domain.routing.text_features import Turn

#: In a turn of so many words each sentence's order counts, in a longer one the first sentence's.
_FEW_WORDS = 20
#: What a turn begins with that gives more of the same: "Next: …", "And this one? …", "What about …"
_MORE = words("next another same this these")
_LEADS = words("and now what how also")
_MORE_AFTER_A_LEAD = words("this these that the about here next another")
_LABELS_SO_FAR = "f:answers short"


def raised_by(turn: Turn, looks: Recognition, form: frozenset[str]) -> str:
    """Why a follow-up goes up, or an empty text."""
    sentences = [line for part in turn.folded for line in sentences_of(part.encode(errors="surrogatepass"))]
    if not sentences:
        return ""
    first = sentences if sum(map(len, sentences)) <= _FEW_WORDS else sentences[:1]
    if order := harder_order_in(first):
        return f'the text looks like harder work: it asks to "{order}"'
    if looks.shape.is_instructed or _LABELS_SO_FAR in form:
        return ""
    if looks.kind == "hard" and FREE_TOOLS not in looks.shape.structure:
        return looks.reason
    if _continues(sentences[0]):
        return ""
    if looks.kind == "doubtful":
        return looks.reason
    return "a question of another kind" if "s:question" in looks.shape.structure else ""


def _continues(first: Sequence[str]) -> bool:
    return first[0] in _MORE or (first[0] in _LEADS and len(first) > 1 and first[1] in _MORE_AFTER_A_LEAD)
