"""Who must still be told that we have their data (GDPR art. 14): few among many, and found without looking at all.

A mark only finds: whether somebody was told, and since when they are known, their own rows say. One too many is looked
at in vain; one too few would let a month pass unseen, so whatever takes a reason away marks without looking for another
(ADR 23).
"""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from candidates.models.people import UNTOLD, Candidacy
from privacy.guards import Guard, no_truncate, raise_sql, refuse

UNTOLD_FOLLOWS = refuse("untold_follows", _("Who must still be told stays in sight until that has happened."))


class Untold(models.Model):
    """Somebody in a running candidacy who did not apply and has no notice; guards of those rows write it."""

    # The guard of the candidacy takes the mark along.
    candidacy = models.OneToOneField(
        Candidacy, models.DO_NOTHING, primary_key=True, related_name="untold", verbose_name=_("candidacy")
    )

    class Meta:
        verbose_name = _("person to be told")
        verbose_name_plural = _("people to be told")
        triggers = [
            Guard(
                name="follows",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF (TG_OP = 'DELETE' OR NEW.candidacy_id <> OLD.candidacy_id) AND EXISTS (
                        SELECT 1 FROM public.candidates_candidacy y WHERE y.id = OLD.candidacy_id AND {UNTOLD}) THEN
                        {raise_sql(UNTOLD_FOLLOWS, "somebody untold would be lost from sight")}
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
            no_truncate(UNTOLD_FOLLOWS),
        ]

    def __str__(self) -> str:
        return str(self.pk)
