"""Lambda for the local stack: workers, the Runtime API, Invoke and the queue's event source."""
