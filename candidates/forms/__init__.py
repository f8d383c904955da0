"""Forms of this room."""

from candidates.forms.composing import ComposeForm, CopyForm, LetterForm
from candidates.forms.desk import (
    PARTS,
    AddForm,
    ApplicantForm,
    ColumnsForm,
    ContactPointForm,
    IntoVacancyForm,
    PersonForm,
    UploadForm,
    errors_in_words,
    moment_of,
    parts_of,
    web_address,
)
from candidates.forms.replies import FileReplyForm, OwnAddressForm
from candidates.forms.work import ContactLogForm, MoveForm, NoteForm, TaskForm
from privacy.words import gated

__all__ = [
    "PARTS",
    "AddForm",
    "ApplicantForm",
    "ColumnsForm",
    "ComposeForm",
    "ContactLogForm",
    "ContactPointForm",
    "CopyForm",
    "FileReplyForm",
    "IntoVacancyForm",
    "LetterForm",
    "MoveForm",
    "NoteForm",
    "OwnAddressForm",
    "PersonForm",
    "TaskForm",
    "UploadForm",
    "errors_in_words",
    "gated",
    "moment_of",
    "parts_of",
    "web_address",
]
