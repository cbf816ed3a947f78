"""Generates the content of answers."""
