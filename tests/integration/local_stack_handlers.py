"""Small handlers for tests of the local stack's plumbing; they run in worker processes, not in the test."""

import json
import os
import sys
import time
from typing import Any

import boto3


def authorizer(event: dict[str, Any], context: object) -> dict[str, Any]:
    """A REQUEST authorizer that knows three kinds of key."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
    if not key:
        raise Exception("Unauthorized")  # the word is API Gateway's protocol
    answer: dict[str, Any] = {
        "principalId": "caller",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny" if key == "denied" else "Allow",
                    "Action": "execute-api:Invoke",
                    "Resource": event["methodArn"],
                }
            ],
        },
        "context": {"type": event["type"]},
    }
    if key == "broken":
        del answer["policyDocument"]
    if key != "without-identifier":
        answer["usageIdentifierKey"] = key
    return answer


def handler(event: dict[str, Any], context: Any) -> Any:
    """Do what the body's (or the direct event's) ``do`` says; the default is to show what was received."""
    request = json.loads(event.get("body") or "{}") if "requestContext" in event else event
    action = request.get("do", "echo")
    if action == "die":
        os._exit(3)
    if action == "raise":
        raise ValueError("a scripted error")
    if action == "sleep":
        time.sleep(request["seconds"])
    if action == "log":
        sys.stdout.write(json.dumps({"said": request["text"]}) + "\n")
        sys.stderr.write("to stderr\n")
    if action == "put":
        dynamodb = boto3.client("dynamodb")  # before the wait: what comes after it must fit into the timeout
        time.sleep(request.get("after", 0))
        dynamodb.put_item(TableName=os.environ["THINGS_TABLE"], Item={"pk": {"S": request["pk"]}})
    if action == "answer":
        return request["answer"]
    if action == "big":
        return {"statusCode": 200, "body": "x" * request["size"]}
    seen = {
        "event": event,
        "pid": os.getpid(),
        "environment": {name: os.environ.get(name) for name in request.get("variables", [])},
        "context": {
            "request_id": context.aws_request_id,
            "arn": context.invoked_function_arn,
            "remaining_ms": context.get_remaining_time_in_millis(),
            "function_name": context.function_name,
            "memory": context.memory_limit_in_mb,
        },
    }
    return {"statusCode": 200, "headers": {"x-handled": "yes"}, "body": json.dumps(seen)}
