"""Whether a turn looks like work for the cheapest tier, like harder work, or like neither.

Neither is the usual answer: "no signal" never means "simple". A turn is easy only where the text model is confident
and nothing about its structure (code, a calculation, tools that Claude may call) speaks against it.
"""

from typing import Literal, NamedTuple

from model_router.domain.routing.answer_form import FREE_TOOLS
from model_router.domain.routing.lexicon import words
from model_router.domain.routing.text_features import Shape
from model_router.domain.routing.text_model import TextModel, percent_at, score_at

# From this score on, numbers or a technical word belong to the text's subject, not to the order.
_BEYOND_DOUBT = score_at(80)


def _in_both_places(*names: str) -> frozenset[str]:
    """Names of structure, in the request and in the data of an instruction."""
    return frozenset([f"{place}:{name}" for place in "sd" for name in names])


# From this score on, a question names easy work with one word: "is this urgent?"
_NEAR_CERTAINTY = score_at(95)
_LABELS = words("JUDGEMENT LABEL RATING SAME")
#: Without one of these, no sentence says of itself that it is false.
_TRUTH = words("false untrue true lie")
_SAID_TO_BE_FALSE = (["is", "false", "$"], ["is", "untrue", "$"], ["not", "true", "$"], ["a", "lie", "$"])
#: "How many stars" asks for a rating; "how many boxes" for a calculation.
_AMOUNTS = words("much many long far")
_NAMES_A_TEXT = words("TEXT WHO")
_COUNTED_IN_TEXTS = words("EXTRACT LABEL RATING TEXT WHO")

_CODE = _in_both_places("code")
_LETTERED = _in_both_places("lettered options")
# Steps of `text_structure`: from two technical words, three quantities and three numbers on.
_TECHNICAL = _in_both_places("hard words 2", "hard words 3", "hard words 4")
_QUANTITIES = _in_both_places("quantities 2", "quantities 3", "quantities 4")
#: Groups that name a text, or what can be found in one.
_TEXTS = words("CLASSIFIER EXTRACT LABEL RATING SAME TEXT")
_NUMBERS = _in_both_places("numbers 2", "numbers 3")
_ANY_NUMBERS = _NUMBERS | {"s:numbers 1"}
#: Groups that name easy work, those of them that choose, and with the groups that name what it is about.
_WORK = words("CLASSIFIER CONVERT EXTRACT FORM HANDOVER JUDGEMENT LABEL PICK RATING SAME YESNO")
_CHOOSING = words("CLASSIFIER CONVERT EXTRACT HANDOVER JUDGEMENT PICK RATING YESNO")
#: With a label these are enough in another script.
_SHORT_ANSWER = words("ANSWER ONLY")
#: What a text shows of the work without naming it.
_SHOWN = frozenset(("s:offers labels", "s:answer tag", "s:document"))
_WORK_OR_OBJECTS = _WORK | words("ABOUT TEXT THING WHO")
_ENOUGH_GROUPS = 2
#: What the names of choices ("good or bad") and labelled fields begin with.
_CHOICES = frozenset(("s:or ", "s:fie"))
#: Without one of these, "yes or no" may be the answer to a puzzle.
_TEXT_OR_LABEL = words("ABOUT CLASSIFIER EXTRACT JUDGEMENT LABEL RATING SAME TEXT WHO")
#: "Yes or no" and "true or false" are forms of an answer, and name no choice.
_YES_OR_NO = frozenset(("s:or x NOT", "s:or x x"))
#: "Answer yes or no", "as JSON".
_FORM_OF_ANSWER = words("FORM YESNO")
#: Features of forms that leave the answer's length open.
_OPEN_FORMS = frozenset(("f:open schema", "f:answers long", "s:examples long"))
#: Among them is the first order, courtesies included.
_FIRST_WORDS = 6
# A shorter turn ("and this one?") says too little to speak against anything.
_WORDS_THAT_SAY_ENOUGH = 8


class Recognition(NamedTuple):
    """What a turn looks like.

    `hard` comes from structure or from an order, `doubtful` from the model: it finds next to nothing of easy work.
    """

    kind: Literal["easy", "hard", "doubtful", "unsure"]
    shape: Shape
    score: int = 0
    #: Why the turn is hard, or the task that a doubtful one does not look like.
    detail: str = ""
    model: TextModel | None = None

    @property
    def has_closed_answer(self) -> bool:
        """Whether the turn is easy and fixes the form of its answer: more text is then more to read, not harder."""
        shape = self.shape
        return self.kind == "easy" and (
            shape.is_instructed
            or "s:json" in shape.structure
            or not _FORM_OF_ANSWER.isdisjoint(shape.groups)
            or _has_form(shape.structure - _OPEN_FORMS)
        )

    @property
    def reason(self) -> str:
        """The reason as text, which may quote the turn."""
        if self.kind == "easy" and self.model is not None:
            place = "the instruction in the system text" if self.shape.is_instructed else "the text"
            signs = ", ".join(self.model.explain(self.shape)) or "its structure"
            return f"{place} looks like this task ({percent_at(self.score)} % sure: {signs})"
        if self.kind == "doubtful":
            return f"the text does not look like task {self.detail} ({percent_at(self.score)} %)"
        return self.detail


class Recogniser:
    """A text model with the confidence that a rule set asks of it, in percent."""

    def __init__(self, model: TextModel, task: str, easy_from: int, hard_up_to: int, bare_from: int) -> None:
        self._model = model
        self._easy_from = score_at(easy_from)
        self._bare_from = score_at(max(easy_from, bare_from))
        self._hard_up_to = score_at(hard_up_to)
        self.task = task
        self.rule = f"{task}: text model {model.version}"

    def recognise(self, shape: Shape) -> Recognition:
        """What a turn of this shape looks like."""
        score = self._model.score(shape)
        if against := _against(shape, score):
            return Recognition("hard", shape, score, f"the text looks like harder work: {against}")
        if score >= (self._bare_from if _is_bare(shape) else self._easy_from) and _names_easy_work(shape, score):
            return Recognition("easy", shape, score, model=self._model)
        if score <= self._hard_up_to and len(shape.words) >= _WORDS_THAT_SAY_ENOUGH:
            return Recognition("doubtful", shape, score, self.task)
        return Recognition("unsure", shape, score)


def _against(shape: Shape, score: int) -> str:
    """What speaks against easy work whatever the model finds, or an empty text."""
    if shape.harder_order:
        return f'it asks to "{shape.harder_order}"'
    if FREE_TOOLS in shape.structure:
        return "tools that Claude may call"
    if not shape.structure.isdisjoint(_CODE):
        return "it holds code"
    if not shape.structure.isdisjoint(_LETTERED):
        return "a question with answers by letter"
    if "s:hard words 1" in shape.structure and _asks_yes_or_no(shape):
        return "a question about mathematics, logic or programming"
    if not shape.is_instructed and (against := _bare_work_against(shape)):
        return against
    return _words_against(shape.structure) if score < _BEYOND_DOUBT else ""


def _bare_work_against(shape: Shape) -> str:
    """What speaks against a text without an order in the system text, however sure the model is."""
    words = shape.words
    if _is_calculation(shape) or _asks_for_an_amount(shape):
        return "numbers to calculate with"
    if "EXTRACT" in shape.groups[:_FIRST_WORDS] and "MATHS" in shape.groups:
        return "mathematics to take out of a text"
    if "agree" in words and words[words.index("agree") - 1] == "you":
        return "a question for an opinion"
    if not _TRUTH.isdisjoint(words) and any(words[at : at + 3] in _SAID_TO_BE_FALSE for at in range(len(words))):
        return "a sentence that says what is false"
    return ""


def _is_calculation(shape: Shape) -> bool:
    """Whether a text has numbers and quantities, and names no text that they could be found in."""
    has_both = not shape.structure.isdisjoint(_NUMBERS) and "s:quantities 0" not in shape.structure
    return has_both and _TEXTS.isdisjoint(shape.groups) and "s:document" not in shape.structure


def _asks_for_an_amount(shape: Shape) -> bool:
    """Whether a text with numbers ends by asking how much or how many of something that is not counted in a text."""
    words = shape.words
    if "how" not in words or "s:ends with a question" not in shape.structure:
        return False
    place = len(words) - 1 - words[::-1].index("how")
    is_amount = words[place + 1] in _AMOUNTS and not shape.structure.isdisjoint(_ANY_NUMBERS)
    return is_amount and _COUNTED_IN_TEXTS.isdisjoint(shape.groups[place + 2 : place + 4])


def _is_bare(shape: Shape) -> bool:
    """Whether a text has no order in the system text, no form of the answer, and no word for a text or its writer."""
    return not shape.is_instructed and _NAMES_A_TEXT.isdisjoint(shape.groups) and not _has_form(shape.structure)


def _words_against(structure: set[str]) -> str:
    if not structure.isdisjoint(_TECHNICAL):
        return "words of mathematics, logic or programming"
    if not structure.isdisjoint(_QUANTITIES) and not structure.isdisjoint(_NUMBERS):
        return "quantities to calculate with"
    return ""


def _names_easy_work(shape: Shape, score: int) -> bool:
    """Whether a text names easy work: without that a question is talk ("can we meet?"), however it is shaped."""
    if shape.is_instructed:
        return True
    groups, structure = shape.groups, shape.structure
    if "s:other script" in structure:
        chosen = not _CHOOSING.isdisjoint(groups) and sum(group in _WORK for group in groups) >= _ENOUGH_GROUPS
        return chosen or ("LABEL" in groups and not _SHORT_ANSWER.isdisjoint(groups)) or _has_form(structure)
    named = len(_WORK_OR_OBJECTS.intersection(groups)) - (_TEXT_OR_LABEL.isdisjoint(groups) and "YESNO" in groups)
    named += len(_SHOWN.intersection(structure))
    if score >= _NEAR_CERTAINTY and "s:question" in structure and not _LABELS.isdisjoint(groups):
        return True
    if named >= _ENOUGH_GROUPS or _has_form(structure):
        return True
    choices = structure - _YES_OR_NO if _asks_yes_or_no(shape) else structure
    return named + any(name[:5] in _CHOICES for name in choices) >= _ENOUGH_GROUPS


def _asks_yes_or_no(shape: Shape) -> bool:
    return "YESNO" in shape.groups and not shape.structure.isdisjoint(_YES_OR_NO)


def _has_form(structure: set[str]) -> bool:
    return any(name[0] == "f" or name[:10] == "s:examples" for name in structure)
