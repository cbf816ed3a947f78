"""The stand-in's HTTP side: requests in, responses and events out."""
