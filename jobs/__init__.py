"""The clock and the queue: one function for each kind of work."""
