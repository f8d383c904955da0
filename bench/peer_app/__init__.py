"""The peer's table."""
