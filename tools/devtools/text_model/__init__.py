"""Trains and judges the text model that recognises work for the cheapest tier (`docs/recognition.md`)."""
