"""Files chosen in a form that writes to people: kept with its draft before anything else goes wrong."""

from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.access import staff_user
from candidates.models import Round
from candidates.services import rounds
from mailing import attachments
from privacy.guards import Refused
from privacy.words import gated


def keep_files(request: HttpRequest, draft: Round, form: forms.Form) -> None:
    """Keep what was chosen as `new_files`; one that can't be kept is said at the field."""
    for upload in request.FILES.getlist("new_files"):
        name = attachments.plain_name(upload.name or "")
        try:
            # The ending would hide a number from the gate: it reads as part of an address.
            gated(PurePath(name).stem)
            rounds.attach(draft, upload, actor=staff_user(request))
        except ValidationError as error:
            form.add_error("new_files", error)
        except Refused as refusal:
            if refusal.code == rounds.SENT:
                return  # said by whoever saves the rest
            form.add_error("new_files", f"{name}: {refusal}")
