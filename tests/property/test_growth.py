"""Time grows no faster than n log n, at every stage and for every hostile input: `make fuzz` has larger inputs."""

from itertools import groupby
from operator import attrgetter

import pytest

from devtools.fuzz_parsers.growth import Case, Prepare, Work, growth_fault, largest_fault
from devtools.fuzz_parsers.stages import cases
from model_router.domain.validators import VALIDATORS

SIZE = 16_384
#: Bytes are decoded and pieces are joined so fast that quadratic work shows only in longer inputs.
SIZES = {"Claude's events": 2**17, "answer's stream": 2**16}
STAGES = {stage: list(found) for stage, found in groupby(cases(), attrgetter("stage"))}
#: Only searching reads an instruction apart from the document that it is about.
OF_DECISIONS_ONLY = "a document of"


def test_the_stages_are_all_there() -> None:
    assert STAGES.keys() == {
        *("parsing", "forms", "estimate", "decision", "adaptation", "explain", "warm prompt", "all before the call"),
        *("JSON", "patterns", "log file", "log format", "log entry", "phrases of a log"),
        *("thread ids", "header options", "own words", "stable words", "housekeeping", "tool calls"),
        *("answer's stream", "pricing", "Claude's events", *VALIDATORS),
    }


@pytest.mark.parametrize("stage", STAGES)
def test_time_grows_no_faster_than_n_log_n(stage: str) -> None:
    tried: list[Case] = [
        case for case in STAGES[stage] if stage == "decision" or not case.input.startswith(OF_DECISIONS_ONLY)
    ]
    assert [fault for case in tried if (fault := growth_fault(case, SIZES.get(stage, SIZE)))] == []


def repeatedly_counted(size: int) -> Work:
    """Quadratic work in the processor."""
    text = "a" * size
    return lambda: [text.count("b") for _ in range(size // 32)]


def repeatedly_copied(size: int) -> Work:
    """Cubic work in memory. On a busy machine, memory itself may slow down nearly as much as quadratic work grows."""
    fields = dict.fromkeys(range(size // 16))
    return lambda: [len(dict(fields)) for _ in range((size // 1024) ** 2)]


@pytest.mark.parametrize("planted", [repeatedly_counted, repeatedly_copied])
def test_a_quadratic_stage_is_found(planted: Prepare) -> None:
    assert largest_fault(Case("planted", "quadratic", planted, 2**16))
