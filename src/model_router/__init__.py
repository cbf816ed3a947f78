"""Routes each request to the cheapest Claude tier that fits, checks the answer, and keeps the ledger."""
