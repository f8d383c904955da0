"""The guarantee of a placement: until when somebody stays as runner-up as a rule."""

from datetime import date
from uuid import UUID

from privacy.deadlines import add_months
from vacancies import ports

USUAL_MONTHS = 3
LONGEST_MONTHS = 12


def usual(today: date) -> date:
    """The day that is proposed where nothing else was agreed."""
    return add_months(today, USUAL_MONTHS)


def longest(today: date) -> date:
    """The last day for which anybody may be asked to stay."""
    return add_months(today, LONGEST_MONTHS)


def proposed_for(vacancy: UUID, today: date) -> date:
    """Until when runners-up of this vacancy are asked to stay: while a guarantee runs, else until the usual day."""
    running = (one.guarantee_until for one in ports.placed([vacancy])[vacancy])
    found = next((day for day in running if day and day > today), usual(today))
    return min(found, longest(today))
