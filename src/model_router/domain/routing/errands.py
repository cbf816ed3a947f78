"""Turns in which the user of an agent asks for an errand: run a command, list files, commit, rename, thank you.

Such a turn needs no skill beyond calling one or two tools, so it can go to a cheap tier and come back. It is known by
its whole text: a few words that begin with a known order, about a thing that a tool shows or changes. A text with one
word of any other work is no errand.
"""

import re
from typing import Final

import re2

TASK: Final = "errand"
"""The task whose rule such turns get. Rules without it leave them to the default tier."""

_MOST_CHARS: Final = 160


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_POLITE: Final = _any("please now then ok okay great good thanks and just also next")
_BEFORE: Final = rf"(?:(?:{_POLITE}|can you|could you)[,.!]? )*"
#: A path, a file, a package or a version: words joined by signs.
_NAME: Final = r"`?(?:\.{0,2}/)?[\w@~-]+(?:[./:\\-][\w@~*-]+)+/?`?"
_FEW: Final = r"(?:[\w'`-]+ ){0,4}"
_NAME_OR_WORD: Final = rf"(?:{_NAME}|[\w`-]+)"
_SHOWN: Final = _any(
    "files? folders? director(?:y|ies) branch(?:es)? commits? tags? tests? process(?:es)? containers? packages? diff"
    " logs? dependencies scripts? lines? contents? versions? status output history usages? occurrences imports todos?"
    " endpoints? routes variables ports? licen[cs]e readme changelog"
)
_RUNNABLE: Final = _any(
    "tests? checks? suite server build linter? formatter script app container command migrations? benchmarks?"
)
_TOOLS: Final = _any("git npm pip make docker cargo go yarn pnpm uv ls cd pwd grep")
_ORDERS: Final = (
    rf"{_any('re-?run run execute start stop restart build compile')}"
    rf" (?:it|that|{_FEW}(?:{_NAME}|{_RUNNABLE}))(?: again)?",
    rf"{_any('list show print display count find')}(?: me)? {_FEW}(?:{_NAME}|{_SHOWN})"
    rf"(?: here| {_any('in of under from')} {_FEW}{_NAME_OR_WORD})?",
    rf"{_any('cat open read view delete touch create format lint')} {_FEW}{_NAME}",
    rf"{_any('rename move copy')} {_FEW}{_NAME}? ?{_any('to into as')} {_FEW}{_NAME_OR_WORD}",
    rf"{_TOOLS} ?{_FEW}(?:{_NAME}|[\w`-]*)",
    rf"{_any('commit push pull stash merge amend')}"
    rf"(?: (?:{_any('it this that them all everything')}|the changes?|to \w+|and push))*",
    rf"(?:switch to|check ?out|create) {_FEW}(?:branch|folder|directory|{_NAME})(?: (?:called|named) [\w`/-]+)?",
    rf"install {_FEW}{_NAME_OR_WORD}",
    rf"(?:what(?:'s| is)|which|what) {_FEW}{_any('version branch files? licen[cs]e port python node')}\b[^?.]{{0,60}}",
    rf"what(?:'s| is) {_any('in inside')} {_FEW}{_NAME_OR_WORD}",
    rf"how many {_FEW}{_SHOWN}\b[^?.]{{0,60}}",
    rf"where is {_FEW}(?:{_NAME}(?: defined)?|[\w`-]+ defined)",
    r"is the (?:working tree|branch|build|server|repo(?:sitory)?) [^?.]{0,40}",
    rf"(?:{_any('thanks? perfect nice lgtm great cool done')}|thank you|looks good)[,!.]?"
    r"(?: (?:a lot|thank you|thanks|to me|so much|very much|job|work|again))*",
)
_ENDS: Final = r"(?: please)?[.!?]*(?: (?:yes or no|answer with (?:one|a single) word|briefly|in one word)[.!?]*)*"
_ERRANDS: Final = re2.compile(f"{_BEFORE}(?:{'|'.join(_ORDERS)}){_ENDS}")
#: The beginnings of such words.
_WORK: Final = _any(
    "add analy[sz]e architect audit because better bug cause changing changed compare complex convert correct debug"
    " decide depend(?:s|ent|ing) design document ensure error explain fail fix if implement improve investigate issue"
    " migrate optimi[sz]e plan prove redesign refactor replace resolve review rewrite root secur slow solve trade"
    " translate understand unless until update upgrade why wrong write"
)
_OTHER_WORK: Final = re.compile(rf"\b(?:{_WORK}|how (?!many)|make sure|clean up|tests? for)")


def is_errand(words: str) -> bool:
    """Whether a user's own words ask for an errand and for nothing else."""
    if len(words) > _MOST_CHARS:
        return False
    # RE2 refuses a lone surrogate, which JSON can hold.
    text = " ".join(words.split()).lower().encode(errors="replace").decode()
    return bool(text) and _OTHER_WORK.search(text) is None and _ERRANDS.fullmatch(text) is not None
