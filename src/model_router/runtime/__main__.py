"""`python -m model_router.runtime package.module.handler`, with the Runtime API's address in the environment."""

import os
import sys

from model_router.runtime.api import RuntimeApi
from model_router.runtime.loop import run

if __name__ == "__main__":
    run(sys.argv[1], RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"]))
