"""Coverage-guided nonsense for everything that reads what callers, Claude or operators wrote: `make fuzz`."""
