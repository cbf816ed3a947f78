"""API Gateway for the local stack."""
