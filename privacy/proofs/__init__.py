"""Sealed proof of introductions after an erasure (GDPR art. 17(3)(e); docs/adr/0019)."""
