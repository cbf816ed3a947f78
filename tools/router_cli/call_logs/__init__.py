"""Reads logs of calls of Claude, whoever wrote them: what `router audit`, `backtest` and `recommend` start from."""
