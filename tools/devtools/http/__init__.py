"""The HTTP/1.1 server of the local stack and of the stand-in for Claude."""
