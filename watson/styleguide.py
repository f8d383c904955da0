"""Every component in every state, on pages that show invented people only. Served in development and in the demo."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from watson.templatetags import ui

PAGES = {"": "styleguide", "board": "board", "public": "public", "receipt": "receipt", "portal": "portal"}


class ExampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Surname", help_text="As the person writes it.")
    tussenvoegsel = forms.CharField(
        label="Prefix", required=False, widget=forms.TextInput(attrs={"class": "input--short"})
    )
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(
        label="Our role",
        help_text="Who decides why and how the data is used.",
        widget=forms.RadioSelect,
        choices=[
            ("own", "Own controller\nWe find people and decide how."),
            ("joint", "Joint controllers\nWe decide together with the client; an agreement is needed."),
            ("processor", "Processor\nThe client decides; an agreement is needed."),
        ],
    )
    stage = forms.ChoiceField(label="Stage", choices=[("found", "Found"), ("approached", "Approached")])
    starts = forms.DateField(
        label="Starts on", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    what = forms.MultipleChoiceField(
        label="What will be shared",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("cv", "Curriculum vitae"), ("letter", "Letter"), ("report", "Interview report")],
    )
    purpose = forms.CharField(label="Purpose", widget=forms.Textarea(attrs={"rows": 4}))
    file = forms.FileField(label="Assignment", required=False)
    sure = forms.BooleanField(label="The client has seen and approved this text")


def _context(page: str) -> dict[str, Any]:
    now = datetime.now(ZoneInfo("Europe/Amsterdam"))
    people = [
        ("anna", "Anna de Vries", "CFO · Noordzee Holding NV", "given", "calm", "Since 2 days", "MK"),
        ("bram", "Bram van der Berg", "Finance director · Waal & Maas", "asked", "amber", "14 days left", "MK"),
        ("chidi", "Chidi Okafor", "Group controller · Delta Terminals", "asked", "red", "5 days left", "JS"),
        ("dora", "Dora Jansen-Smit", "CFO · Veenhuis Zorggroep", "talk", "calm", "Call on Friday", "MK"),
        ("emre", "Emre Yılmaz", "VP finance · Polder Energy", "interest", "overdue", "Notice overdue", "JS"),
        ("femke", "Femke 't Hart", "Interim CFO", "withdrawn", "done", "Ended", "MK"),
        ("gijs", "Gijs Bakker", "CFO · Kustlijn", "pending", "amber", "Confirm by phone", "JS"),
        ("hana", "Hana Novák", "Treasurer · Rijnmond Bank", "refused", "done", "Answered", "MK"),
    ]
    keys = ("id", "name", "line", "state", "level", "word", "owner")
    rows = [dict(zip(keys, person, strict=True)) for person in people]
    stages = ["Found", "Approached", "In conversation", "Introduced", "Interviews", "Offer"]
    columns = [
        {"stage": name.lower().replace(" ", "-"), "name": name, "cards": rows[at * 3 : at * 3 + 3]}
        for at, name in enumerate(stages)
    ]
    return {
        "states": list(ui.STATES),
        "clocks": list(ui.CLOCKS),
        "mailstates": list(ui.MAIL_STATES),
        "notes": list(ui.NOTES),
        "people": rows,
        "columns": columns,
        "page_obj": Paginator(range(312), 50).page(2),
        "conditions": [
            {"done": True, "label": "Client", "why": "Noordzee Holding NV, confirmed."},
            {
                "done": True,
                "label": "Evidence of the assignment",
                "why": "Letter of 3 March.",
                "url": "#",
                "action": "View",
            },
            {
                "done": False,
                "label": "Legitimate-interest assessment",
                "why": "No approved assessment covers this kind of search yet.",
                "url": "#",
                "action": "Write one",
            },
            {"done": False, "label": "Agreement", "why": "The role needs one."},
        ],
        "events": [
            {"at": now, "icon": "check", "text": "Anna said yes to Noordzee Holding NV", "actor": "Anna de Vries"},
            {
                "at": now - timedelta(hours=5),
                "icon": "opened",
                "text": "Opened the message",
                "detail": "Approach, version 3",
            },
            {"at": now - timedelta(days=1), "icon": "send", "text": "Approach and notice sent", "actor": "Mirjam Kok"},
            {
                "at": now - timedelta(days=2),
                "icon": "search",
                "text": "Found in a public profile",
                "actor": "Mirjam Kok",
            },
        ],
        "crumbs": [
            {"url": "/vacancies/", "label": "Vacancies"},
            {"url": "#", "label": "Noordzee Holding NV"},
            {"label": "CFO"},
        ],
        "tabs": [
            {"url": "/styleguide/", "label": "Components", "current": page == ""},
            {"url": "/styleguide/board/", "label": "Board", "count": 8, "current": page == "board"},
            {"url": "/styleguide/public/", "label": "Candidate page", "current": False},
            {"url": "/styleguide/receipt/", "label": "Receipt", "current": False},
            {"url": "/styleguide/portal/", "label": "Portal", "current": False},
        ],
        "client": {"name": "Noordzee Holding NV"},
        "rights_links": [
            {"url": "#", "label": "See or correct my data"},
            {"url": "#", "label": "Erase my data"},
            {"url": "#", "label": "Privacy policy"},
        ],
    }


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, page: str = "") -> HttpResponse:
    """One page of the styleguide; 404 outside development and the demo."""
    if page not in PAGES or not (settings.DEBUG or settings.DEMO):
        raise Http404
    wrong = ExampleForm({"name": "", "email": "anna@", "role": "own", "stage": "found"})
    context = _context(page) | {"form": ExampleForm(initial={"role": "joint"}), "wrong": wrong}
    return render(request, f"styleguide/{PAGES[page]}.html", context)
