"""The Admin API's usage and cost reports."""
