"""Being forgotten: plan, approve, run, verify, certificate (GDPR art. 17; docs/privacy.md)."""

# The rules by which a plan is made; a plan says by which it was. Raise it when a holder or what it does changes.
POLICY = "2026-11"
# What a certificate names as the program that searched.
TOOL = "watson-verifier 1"
