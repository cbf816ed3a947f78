"""The reference of a cold start: the least that makes RouterFunction's clients and one call of Claude. A program.

It takes `CLAUDE_BASE_URL` and the usual AWS variables from its environment.
"""

import os

import anthropic
import boto3
import httpx2

for service in ("ssm", "dynamodb", "sqs", "s3"):
    boto3.client(service)
transport = httpx2.HTTPTransport()
client = anthropic.Anthropic(
    api_key="any",
    base_url=os.environ["CLAUDE_BASE_URL"],
    max_retries=0,
    http_client=httpx2.Client(transport=transport, trust_env=False),
)
stream = client.post(
    "/v1/messages",
    body={
        "model": "claude-haiku-4-5-20251001",
        "max_tokens": 16,
        "stream": True,
        "messages": [{"role": "user", "content": "Say yes or no."}],
    },
    cast_to=object,
    stream=True,
    stream_cls=anthropic.Stream[object],
)
for _ in anthropic.Stream.raw_events(stream.response):
    pass
os._exit(0)  # as `cold_answer` does: a program's end is no part of its start
