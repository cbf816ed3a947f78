"""A client of Lambda's Runtime API with response streaming, which AWS's own Python runtime does not support.

`AWS_LAMBDA_EXEC_WRAPPER` starts it (the file `start`) in place of AWS's loop. It uses the standard library only and
imports nothing of the router: it loads a handler by its name, and streams what the handler returns as
`answers.Streamed`. Why not Lambda Web Adapter: docs/decisions/0020.
"""
