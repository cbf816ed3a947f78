"""Starts and ends processes: servers, Lambda workers, and the prefork server that they are forked from."""
