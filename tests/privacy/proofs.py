"""A rule on proofs, and a proof somebody left."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from privacy.models import ProofRule
from privacy.proofs import services
from privacy.proofs.services import Proof
from privacy.vault.models import SealedProof
from tests.factories import make_assessment

NAME, EMAIL = "Wilhelmina van der Zwaluwstaart", "zwaluwstaart@person.example"


def make_rule(actor, *, months=12, **fields):
    """A rule that stands, on an assessment of its own."""
    return ProofRule.objects.create(months=months, assessment=make_assessment(about="proof", **fields), by=actor)


def make_proof(*, days=100, **fields):
    """A sealed proof that goes after so many days."""
    values = {
        "introduction": uuid4(),
        "subject": uuid4(),
        "name": NAME,
        "email": EMAIL,
        "client": "Koninklijke Bakkers B.V.",
        "vacancy": "Directeur",
        "introduced_on": timezone.localdate() - timedelta(days=200),
        "until": timezone.localdate() + timedelta(days=days),
        **fields,
    }
    proof = Proof(**values)
    services.keep([proof], erasure=uuid4())
    return SealedProof.objects.get(pk=proof.introduction)
