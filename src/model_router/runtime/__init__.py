"""Lambda's Runtime API for Python with response streaming, which AWS's own Python runtime does not have.

Started in place of AWS's loop by `AWS_LAMBDA_EXEC_WRAPPER` (the file `start`). Standard library only, and nothing of
the router's: a handler is found by its name, and what it returns says whether it is streamed (`answers.Streamed`).
Why it is not Lambda Web Adapter: docs/decisions/0020.
"""
