"""The register of breaches and the clock of 72 hours (GDPR art. 33)."""
