"""What the organisation counts: scripted traffic, aggregates over it, and how queues stand."""
