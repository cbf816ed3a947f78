"""Request validation, as the Claude API does it."""
