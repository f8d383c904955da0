"""Lists as files for a spreadsheet: semicolons, as Dutch spreadsheets expect, and no cell is read as a formula."""

import csv
import io
from collections.abc import Iterable

from django.http import HttpResponse

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def written(rows: Iterable[Iterable[object]]) -> str:
    """Rows of cells as the text of a CSV file."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerows([harmless(str(cell)) for cell in row] for row in rows)
    return file.getvalue()


def download(rows: Iterable[Iterable[object]], name: str) -> HttpResponse:
    """Rows of cells as a file to keep, with the mark that tells a spreadsheet it is UTF-8."""
    response = HttpResponse("\ufeff" + written(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
