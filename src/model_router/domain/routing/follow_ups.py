"""When a later turn takes a conversation up from a tier below the default.

Under an instruction each turn is data ("label my reviews", then review after review), and data says nothing about the
tier. A turn that makes or solves something ("now implement it") goes up.
"""

from collections.abc import Sequence

from model_router.domain.routing.announcements import FirstTurn
from model_router.domain.routing.answer_form import FREE_TOOLS
from model_router.domain.routing.asks import harder_order_in, sentences_of
from model_router.domain.routing.lexicon import words
from model_router.domain.routing.recognition import Recognition
from model_router.domain.routing.text_features import Shape, Turn

#: In a turn of so many words each sentence's order counts, in a longer one the first sentence's.
_FEW_WORDS = 20
#: "Great." comes before the order.
_FEW_WORDS_OF_A_REACTION = 3
#: What a turn begins with that gives more of the same: "Next: …", "And this one? …", "What about …"
_MORE = words("next another same this these")
_LEADS = words("and now what how also")
_MORE_AFTER_A_LEAD = words("this these that the about here next another")
_LABELS_SO_FAR = "f:answers short"
_LABELS = words("LABEL RATING")
_OWN_QUESTION = words("should would could can why i we my our me us your you")


def raised_by(turn: Turn, looks: Recognition, form: frozenset[str], first: FirstTurn) -> str:
    """Why a follow-up goes up, or an empty text. `first` is the conversation's first turn."""
    is_data = looks.shape.is_instructed or _LABELS_SO_FAR in form or first.announces_more
    sentences = _sentences(turn, by_comma=not is_data)
    if not sentences:
        return ""
    if first.announces_more or sum(map(len, sentences)) > _FEW_WORDS:
        # In data an order may follow: "I was charged twice. Please correct this."
        sentences = sentences[: 1 + (len(sentences[0]) < _FEW_WORDS_OF_A_REACTION)]
    if order := harder_order_in(sentences):
        return f'the text looks like harder work: it asks to "{order}"'
    if is_data:
        return ""
    if looks.kind == "hard" and FREE_TOOLS not in looks.shape.structure:
        return looks.reason
    if _continues(sentences[0]):
        return ""
    if looks.kind == "doubtful":
        return looks.reason
    if "s:question" not in looks.shape.structure or _asks_for_a_label(looks.shape):
        return ""
    return "a question of another kind"


def _sentences(turn: Turn, *, by_comma: bool) -> list[list[str]]:
    """The sentences of a turn, or the parts of them: "got it, now translate it" has two."""
    parts = [part.replace(", ", "\n") for part in turn.folded] if by_comma else turn.folded
    return [line for part in parts for line in sentences_of(part.encode(errors="surrogatepass"))]


def _asks_for_a_label(shape: Shape) -> bool:
    """Whether a question asks for another label of the same text: "and how urgent, from 1 to 5?"."""
    return not _LABELS.isdisjoint(shape.groups) and _OWN_QUESTION.isdisjoint(shape.words)


def _continues(first: Sequence[str]) -> bool:
    return first[0] in _MORE or (first[0] in _LEADS and len(first) > 1 and first[1] in _MORE_AFTER_A_LEAD)
