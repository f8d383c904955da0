"""Data subjects, links, suppression, logs, requests and governance."""

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
from privacy.models.logs import AccessEntry, LedgerDetail, LedgerEntry, LedgerSeal
from privacy.models.requests import DataRequest, RequestGroup
from privacy.models.restrictions import Restriction
from privacy.models.subjects import Link, StaffSubject, Subject
from privacy.models.suppression import SuppressionEntry, SuppressionLift

__all__ = [
    "AccessEntry",
    "ClockFeed",
    "Crossing",
    "DataCopy",
    "DataRequest",
    "Decision",
    "Extension",
    "IdentityCheck",
    "ImpactAssessment",
    "LedgerDetail",
    "LedgerEntry",
    "LedgerSeal",
    "LegitimateInterestAssessment",
    "Link",
    "Mandate",
    "RequestGroup",
    "RequestNotice",
    "RequestStep",
    "Restriction",
    "StaffSubject",
    "Subject",
    "SuppressionEntry",
    "SuppressionLift",
    "Telling",
]
