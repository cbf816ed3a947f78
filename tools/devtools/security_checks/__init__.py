"""What `make check` holds the template and the dependencies to: `python -m devtools.security_checks`."""
