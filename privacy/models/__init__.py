"""Data subjects, links, suppression, logs, requests, erasures and governance."""

from privacy.models.breaches import Breach, BreachCrossing
from privacy.models.erasure import Canary, Erasure, ErasureLine, ErasurePerson, ErasureStep
from privacy.models.exports import DataCopy
from privacy.models.governance import ImpactAssessment, LegitimateInterestAssessment
from privacy.models.handling import (
    ClockFeed,
    Crossing,
    Decision,
    Extension,
    IdentityCheck,
    Mandate,
    RequestNotice,
    RequestStep,
    Telling,
)
from privacy.models.logs import AccessEntry, LedgerDetail, LedgerEntry, LedgerEra, LedgerSeal
from privacy.models.proofs import ProofOpening, ProofRule
from privacy.models.requests import DataRequest, RequestGroup
from privacy.models.restrictions import Restriction
from privacy.models.retention import HeldPerson, LegalHold, RetentionRun
from privacy.models.subjects import Link, StaffSubject, Subject
from privacy.models.suppression import SuppressionEntry, SuppressionLift

__all__ = [
    "AccessEntry",
    "Breach",
    "BreachCrossing",
    "Canary",
    "ClockFeed",
    "Crossing",
    "DataCopy",
    "DataRequest",
    "Decision",
    "Erasure",
    "ErasureLine",
    "ErasurePerson",
    "ErasureStep",
    "Extension",
    "HeldPerson",
    "IdentityCheck",
    "ImpactAssessment",
    "LedgerDetail",
    "LedgerEntry",
    "LedgerEra",
    "LedgerSeal",
    "LegalHold",
    "LegitimateInterestAssessment",
    "Link",
    "Mandate",
    "ProofOpening",
    "ProofRule",
    "RequestGroup",
    "RequestNotice",
    "RequestStep",
    "Restriction",
    "RetentionRun",
    "StaffSubject",
    "Subject",
    "SuppressionEntry",
    "SuppressionLift",
    "Telling",
]
