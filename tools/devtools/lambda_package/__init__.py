"""Makes installed packages small enough to deploy."""
