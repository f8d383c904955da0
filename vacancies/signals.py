"""What this floor announces, inside the transaction; higher floors react."""

from django.dispatch import Signal

# vacancy=Vacancy, actor=User: nobody new can be added.
vacancy_closed = Signal()
# vacancy=Vacancy, actor=User: the period people are kept after the procedure begins now.
procedure_closed = Signal()
