"""Local AWS: moto's services, their resources and faults."""
