"""Generates docs/openapi.json from the handler's routes and the models that validate request bodies."""
