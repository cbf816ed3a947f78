"""Clients for servers on this machine, none of which speaks TLS.

Each client would otherwise read the list of certificate authorities: 25 ms, more than its requests take.
"""

import ssl
from typing import Any

import httpx2
from anthropic import Anthropic, DefaultHttpxClient

TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(url: str, **options: Any) -> httpx2.Client:
    return httpx2.Client(base_url=url, verify=TRUSTS_NOBODY, **options)


def plain_sdk(url: str, **options: Any) -> Anthropic:
    """The SDK without retries and with its TLS changed."""
    return Anthropic(base_url=url, max_retries=0, http_client=DefaultHttpxClient(verify=TRUSTS_NOBODY), **options)
