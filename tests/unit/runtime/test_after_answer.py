"""Work that an invocation does after its answer."""

import pytest

from model_router.runtime.after_answer import after_answer, invocation


def test_it_is_done_at_the_end_in_its_order() -> None:
    done: list[str] = []
    with invocation("r-1"):
        after_answer(lambda: done.append("first"))
        after_answer(lambda: done.append("second"))
        done.append("answered")
    assert done == ["answered", "first", "second"]


def test_work_is_done_at_once_under_a_runtime_that_cannot_defer_it() -> None:
    """Under Lambda's own loop, which freezes the process with the answer."""
    done: list[str] = []
    after_answer(lambda: done.append("now"))
    with invocation("r-1"):
        after_answer(lambda: after_answer(lambda: done.append("left by what was left")))
    after_answer(lambda: done.append("and now"))
    assert done == ["now", "left by what was left", "and now"]


def test_what_was_left_is_done_although_the_answer_failed_and_although_some_of_it_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done: list[str] = []

    def fail() -> None:
        raise LookupError("quotes a prompt")

    def answer() -> None:
        with invocation("r-1"):
            after_answer(fail)
            after_answer(lambda: done.append("all the same"))
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        answer()
    assert done == ["all the same"]
    told = capsys.readouterr().out
    assert "LookupError" in told
    assert "prompt" not in told
