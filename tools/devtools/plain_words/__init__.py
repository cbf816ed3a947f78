"""Refuses idioms that a reader has to read twice, in docstrings, comments, messages, test names and documents."""
