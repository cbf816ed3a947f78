"""Starts and ends processes: servers, Lambda workers, and the fork servers that they come from."""
