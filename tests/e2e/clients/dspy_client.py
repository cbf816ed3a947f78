"""DSPy, which calls through LiteLLM."""

import os
from importlib.metadata import version

import dspy
from features import QUESTION, report

URL = f"{os.environ['ROUTER_URL']}/v1"
lm = dspy.LM("anthropic/claude-auto", api_base=URL, api_key="any", max_tokens=300, cache=False)
dspy.configure(lm=lm)


report(
    version("dspy"),
    {
        "plain": lambda: lm(QUESTION)[0],
        "forced tool": lambda: dspy.Predict("question -> city")(question="Berlin").city,
    },
)
