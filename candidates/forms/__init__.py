"""Forms of this room."""

from candidates.forms.composing import ComposeForm, CopyForm, LetterForm
from candidates.forms.desk import (
    PARTS,
    AddForm,
    ColumnsForm,
    ContactLogForm,
    ContactPointForm,
    FileReplyForm,
    MoveForm,
    PersonForm,
    UploadForm,
    errors_in_words,
    gated,
    moment_of,
    parts_of,
    web_address,
)

__all__ = [
    "PARTS",
    "AddForm",
    "ColumnsForm",
    "ComposeForm",
    "ContactLogForm",
    "ContactPointForm",
    "CopyForm",
    "FileReplyForm",
    "LetterForm",
    "MoveForm",
    "PersonForm",
    "UploadForm",
    "errors_in_words",
    "gated",
    "moment_of",
    "parts_of",
    "web_address",
]
