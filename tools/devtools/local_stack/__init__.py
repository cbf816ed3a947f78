"""The whole system on one machine: local AWS, Claude or its stand-in, API Gateway and Lambda in small.

``python -m devtools.local_stack run`` starts it; ``stack.LocalStack`` is the same for tests.
"""
