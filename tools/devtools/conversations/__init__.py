"""Simulated conversations with prompt caching: what they cost routed, and entirely on the baseline tier."""
