"""What this floor announces, inside the transaction; higher floors react."""

from django.dispatch import Signal

# vacancy=Vacancy, actor=User: nobody new can be added.
vacancy_closed = Signal()
# vacancy=Vacancy, actor=User, asking=ports.Asking: the period people are kept after the procedure begins now; whom the
# actor chose to ask for a longer one.
procedure_closed = Signal()
