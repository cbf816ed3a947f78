"""The stand-in's control endpoints and its request log."""
