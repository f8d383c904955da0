"""Limiting the use of somebody's data, and lifting that with notice (GDPR art. 18)."""
