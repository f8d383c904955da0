"""Data subjects, links, suppression, logs, requests and governance."""

from privacy.models.governance import ImpactAssessment, LegitimateInterestAssessment
from privacy.models.logs import AccessEntry, LedgerDetail, LedgerEntry, LedgerSeal
from privacy.models.requests import DataRequest
from privacy.models.subjects import Link, StaffSubject, Subject
from privacy.models.suppression import SuppressionEntry, SuppressionLift

__all__ = [
    "AccessEntry",
    "DataRequest",
    "ImpactAssessment",
    "LedgerDetail",
    "LedgerEntry",
    "LedgerSeal",
    "LegitimateInterestAssessment",
    "Link",
    "StaffSubject",
    "Subject",
    "SuppressionEntry",
    "SuppressionLift",
]
