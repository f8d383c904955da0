"""The copy a person gets of everything about them (GDPR art. 15) and what they may take along (art. 20)."""
