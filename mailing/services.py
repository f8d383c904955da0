"""The outbox: a row before it is mail."""
