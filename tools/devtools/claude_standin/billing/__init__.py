"""Token usage, the prompt cache, prices and the invoice."""
