"""``make run``: start the stack, say what is where, wait for Ctrl-C."""

import gc
import json
import shlex
import threading
from collections.abc import Mapping

from devtools.local_stack.report import told_to_others
from devtools.local_stack.stack import LocalStack, StackOptions
from devtools.local_stack.template.reader import REGION

STAND_IN_NOTICE = (
    "NOT CLAUDE: no ANTHROPIC_API_KEY is set, so a stand-in answers. Its answers are made up and its costs simulated."
)
_EXAMPLE = {
    "system": "You are a spam filter. Respond with only SPAM or NOT_SPAM.",
    "prompt": "Classify this email: Congratulations, you have won a cruise! Click here to claim it.",
    "validators": [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}],
}


def claude_options(environment: Mapping[str, str]) -> str | None:
    """The Claude API's address where a key is set, else None: the stand-in."""
    if not environment.get("ANTHROPIC_API_KEY"):
        return None
    return environment.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com"


def run(options: StackOptions) -> int:
    """Serve until Ctrl-C; the exit status."""
    print("Starting: local AWS, the functions' workers, the API …", flush=True)
    with LocalStack(options) as stack, told_to_others(stack):
        keep_loaded()
        try:
            print(announcement(stack), flush=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            print("\nStopping …", flush=True)
    print("Stopped.", flush=True)
    return 0


def keep_loaded() -> None:
    """Puts what is loaded out of the garbage collector's sight: no request waits while it looks through all that."""
    gc.collect()
    gc.freeze()


def announcement(stack: LocalStack) -> str:
    """What a person needs to use a running stack."""
    lines = [
        "",
        f"  API      {stack.url}",
        f"  AWS      {stack.aws_url}   (rules at {stack.environment()['RULES_PATH']})",
        f"  Lambda   {stack.lambda_url}",
        f"  Claude   {stack.standin_url or stack.options.claude_url}",
        f"  Logs     {stack.options.logs}",
        "",
    ]
    if stack.standin_url:
        lines += [f"  *** {STAND_IN_NOTICE} ***", ""]
    exports = (
        f"export AWS_ENDPOINT_URL={stack.aws_url} AWS_ENDPOINT_URL_LAMBDA={stack.lambda_url} "
        f"AWS_DEFAULT_REGION={REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
    )
    lines += ["For the aws and router commands:", "", exports, "", "Try:", "", curl_line(stack.url)]
    return "\n".join([*lines, "", "Ctrl-C stops it all."])


def curl_line(url: str) -> str:
    """A request to copy: spam or not, checked by a validator."""
    body = shlex.quote(json.dumps(_EXAMPLE))
    return f"curl -s {url}/v1/route -H 'x-api-key: local' -H 'content-type: application/json' \\\n  -d {body}"
