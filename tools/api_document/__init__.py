"""docs/openapi.json, made from the handler's routes and the forms that check the bodies: `python -m api_document`."""
