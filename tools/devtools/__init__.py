"""What developers of the router run: the local stack, the stand-in for Claude, the soak, benchmarks and checks."""
