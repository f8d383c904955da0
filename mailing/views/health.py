"""Mail health: how much was sent, and what became of it, as counts and a small chart."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.access import staff_only, staff_user
from mailing import charts, health, ports, wording
from mailing.kinds import UNCOUNTED
from privacy import spreadsheets

SHOWN = ("sent", "delivered", "underway", "opened", "fetched", "clicked", "answered", "bounced", "complained")
# A message the law requires is stored under the kind of the closed list, whatever its words.
KINDS = {code: word for code, word in wording.KINDS.items() if not code.startswith("receipt_")}


@require_GET
@staff_only
def page(request: HttpRequest) -> HttpResponseBase:
    """What became of the mail this user may see; with `format=csv` as a file. It names nobody."""
    user = staff_user(request)
    asked = health.Asked.read(request.GET, KINDS)
    titles = ports.titles(user)
    found = health.of(user, asked)
    if request.GET.get("format") == "csv":
        return _file(found)
    context = {
        "asked": asked,
        "query": asked.query(),
        "periods": [(code, word) for code, (_days, _width, word) in health.PERIODS.items()],
        "kinds": [(code, word) for code, word in KINDS.items() if code not in UNCOUNTED],
        "titles": titles,
        "title": dict(titles).get(asked.vacancy) if asked.vacancy else "",
        "board_url": _board(asked.vacancy, dict(titles)),
        "total": found.total,
        "figures": [(health.LABELS[name], getattr(found.total, name), name) for name in SHOWN],
        "chart": _chart(found, asked),
        "marks": _marks(found, asked),
        "reading": _reading(found.total),
        "heads": [health.LABELS[name] for name in SHOWN],
        "by_time": _rows(
            (health.column_word(at, asked.width), counts) for at, counts in found.by_time.items() if counts.sent
        ),
        "by_kind": _rows((KINDS.get(kind, kind), counts) for kind, counts in found.by_kind.items()),
        "crumbs": [{"url": reverse("mailing:list"), "label": _("Mail")}, {"label": _("Mail health")}],
    }
    return render(request, "mailing/health.html", context)


def _reading(total: health.Counts) -> str:
    """What these numbers do not say."""
    followed = ngettext(
        "Opens and clicks are counted only where they are followed: %(followed)s of %(sent)s message.",
        "Opens and clicks are counted only where they are followed: %(followed)s of %(sent)s messages.",
        total.sent,
    ) % {"followed": total.followed, "sent": total.sent}
    return f"{followed} " + _(
        "What a mail program fetched by itself says nothing about the reader and is counted apart. Nobody is chosen or"
        " left out by any of this."
    )


def _board(vacancy: UUID | None, titles: dict[UUID, str]) -> str:
    return reverse("candidates:board", args=[vacancy]) if vacancy in titles else ""


def _rows(named: Any) -> list[tuple[Any, list[int]]]:
    return [(name, [getattr(counts, shown) for shown in SHOWN]) for name, counts in named]


def _chart(found: health.Health, asked: health.Asked) -> charts.Chart:
    """One column a day, week or month: what arrived at the foot, what came back on top."""
    rows = []
    for at, counts in found.by_time.items():
        title = _("%(when)s: %(sent)s sent, %(delivered)s delivered, %(bounced)s bounced") % {
            "when": health.column_word(at, asked.width),
            "sent": counts.sent,
            "delivered": counts.delivered,
            "bounced": counts.bounced,
        }
        rows.append((title, [(part, getattr(counts, part)) for part in ("delivered", "underway", "bounced")]))
    return charts.stacked(rows)


def _marks(found: health.Health, asked: health.Asked) -> list[str]:
    """The first, the middle and the last column, in words that fit under the chart."""
    columns = list(found.by_time)
    places = sorted({0, (len(columns) - 1) // 2, len(columns) - 1}) if columns else []
    return [health.mark_word(columns[place], asked.width) for place in places]


def _file(found: health.Health) -> HttpResponse:
    heads = [health.LABELS[name] for name in SHOWN]
    times = _rows((at.isoformat(), counts) for at, counts in found.by_time.items())
    kinds = _rows((KINDS.get(kind, kind), counts) for kind, counts in found.by_kind.items())
    rows = [[_("When"), *heads], *([name, *numbers] for name, numbers in times)]
    rows += [[], [_("Kind"), *heads], *([name, *numbers] for name, numbers in kinds)]
    return spreadsheets.download(rows, "mail-health.csv")
