"""Reads logs of Claude calls in many formats, for `router audit`, `backtest` and `recommend`."""
