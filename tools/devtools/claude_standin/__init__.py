"""A stand-in for the Claude API: it plays the vendor, on a local port, for the demo and for tests.

It knows Claude's prices, limits and refusals from its own tables (`models`, `prices`), never from
`model_router`: a fact that is wrong in the product is thus caught here. Its answers are made up, and its
money is simulated.
"""
