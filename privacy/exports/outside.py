"""What is held about a person outside the database, for their copy: a port, asked before the rest and outside of any
transaction. A source that fails says so in the copy; it never keeps the rest from the person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import override

from privacy.exports.gathering import Table
from privacy.models import Subject
from privacy.ports import Port


@dataclass(frozen=True)
class Outside:
    """Tables from elsewhere, sentences about what could not be looked at, and who keeps these for us."""

    tables: Sequence[Table] = ()
    failures: Sequence[str] = ()
    keepers: Sequence[str] = ()


outside_port: Port[Callable[[Subject], Outside]] = Port("outside")
register_outside = outside_port.register


def fetch(subject: Subject, *, language: str) -> Outside:
    """What every source holds of this person, in one language."""
    with override(language):
        found = [source(subject) for source in outside_port.all()]
    return Outside(
        tables=[table for one in found for table in one.tables],
        failures=[sentence for one in found for sentence in one.failures],
        keepers=[sentence for one in found for sentence in one.keepers],
    )
