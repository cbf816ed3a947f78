"""The parts of `route_request`: what happens between a decision and its answer."""
