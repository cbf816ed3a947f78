"""Phrases that tell easy work: common, of several templates, and in hardly any other prompt."""

from decimal import Decimal

from router_cli.call_logs.phrases import Prompt, find_phrases, phrases_of


def prompts(
    text: str, *, number: int = 12, may_go: bool = True, saving: str = "0.01", sources: int = 4
) -> list[Prompt]:
    return [
        Prompt(text.format(n=place), f"{text[:9]}-{place % sources}", may_go, Decimal(saving))
        for place in range(number)
    ]


def test_what_easy_prompts_share_and_others_do_not_is_found() -> None:
    easy = prompts("Case {n}: route to queue, then stop")
    hard = prompts("Case {n}: explain the queue, and then the case", may_go=False)
    [found] = find_phrases([*easy, *hard])
    assert "route" in found


def test_a_phrase_of_one_template_alone_is_no_sign() -> None:
    assert find_phrases(prompts("Case {n}: route to queue", sources=2)) == []


def test_a_phrase_that_harder_work_has_too_is_no_sign() -> None:
    assert find_phrases([*prompts("Route to queue"), *prompts("Route to queue", number=2, may_go=False)]) == []


def test_what_is_cheap_already_needs_no_phrase() -> None:
    assert find_phrases(prompts("Route to queue", saving="0")) == []


def test_the_phrase_that_saves_most_comes_first_and_none_repeats_another() -> None:
    found = find_phrases([*prompts("Alpha beta", saving="0.01"), *prompts("Gamma delta", saving="0.02")])
    assert found == ["gamma delta", "alpha beta"]
    assert len(find_phrases([*prompts("Alpha beta"), *prompts("Gamma delta")], most=1)) == 1


def test_phrases_are_what_the_patterns_would_find() -> None:
    found = phrases_of("Pick one, the Café! <document>secret words</document>\n> quoted line")
    assert {"pick one", "the cafe", "one"} <= found
    assert not {"one the", "secret", "quoted"} & found
