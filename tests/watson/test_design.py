"""What the look promises: no colour without contrast, no icon without a drawing, nothing the CSP would refuse."""

import re
from pathlib import Path

import pytest
from django import forms
from django.http import Http404
from django.test import RequestFactory, override_settings

from watson import styleguide
from watson.templatetags import ui

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(")
INLINE = re.compile(r"""\sstyle=["']|\son[a-z]+=["']|\bhx-on|<style|<script(?![^>]*(?:\ssrc=|application/json))""")
ICON = re.compile(
    r"""\{%\s*icon "([\w-]+)"|icons\.svg'\s*%\}#([\w-]+)|icon\.html" with name="([\w-]+)"|\bicon="([\w-]+)\""""
)


def tokens() -> dict[str, tuple[str, str]]:
    """Each colour of the tokens as (light, dark)."""
    text = (ROOT / "static" / "css" / "tokens.css").read_text()
    return {
        name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    }


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_contrast_measures_what_is_known() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read(scheme: int) -> None:
    colour = {name: pair[scheme] for name, pair in tokens().items()}
    grounds = ("paper", "sheet", "sunk", "hover", "pressed")
    pairs = [(ink, ground) for ink in ("ink", "ink-2") for ground in grounds]
    pairs += [("accent", ground) for ground in ("paper", "sheet", "sunk", "accent-soft")]
    legal = ("green", "violet", "slate", "red", "plum", "teal", "amber")
    pairs += [(name, f"{name}-soft") for name in legal] + [("ink", f"{name}-soft") for name in legal]
    pairs += [("accent-ink", "accent"), ("accent-ink", "accent-hover"), ("red-ink", "red"), ("paper", "ink")]
    assert {pair: ratio for pair in pairs if (ratio := contrast(colour[pair[0]], colour[pair[1]])) < 4.5} == {}
    edges = {ground: contrast(colour["line-strong"], colour[ground]) for ground in ("paper", "sheet")}
    assert {ground: ratio for ground, ratio in edges.items() if ratio < 3} == {}


def test_only_the_tokens_name_a_colour() -> None:
    found = {path.name for path in STYLES if COLOUR.search(path.read_text())}
    assert found == {"tokens.css"}


def test_no_page_holds_what_the_policy_refuses() -> None:
    assert all(INLINE.search(bad) for bad in (' style="x"', ' onclick="x"', "<script>", "<style>", ' hx-on:click="x"'))
    # A mail and a copy to take home have no style sheet beside them.
    pages = [path for path in TEMPLATES if not {"mailing", "exports"} & set(path.parts)]
    assert [str(path.relative_to(ROOT)) for path in pages if INLINE.search(path.read_text())] == []


def test_every_icon_is_drawn() -> None:
    drawn = set(re.findall(r'id="([\w-]+)"', (ROOT / "static" / "icons.svg").read_text()))
    named = {name for path in TEMPLATES for hit in ICON.findall(path.read_text()) for name in hit if name}
    named |= {parts[0] for table in (ui.STATES, ui.CLOCKS, ui.MAIL_STATES, ui.VERDICTS) for parts in table.values()}
    named |= set(ui.NOTES.values())
    assert "check" in named
    assert named - drawn == set()


def test_every_state_has_its_colour() -> None:
    css = (ROOT / "static" / "css" / "state.css").read_text()
    assert [code for code in ui.STATES if f".state--{code} " not in css] == []
    assert [code for code in ui.CLOCKS if not re.search(rf"\.clock--{code}\b", css)] == []


def test_state_shows_an_icon_and_a_word() -> None:
    html = ui.state("given")
    assert "#check" in html
    assert "Consent given" in html
    assert "&lt;b&gt;" in ui.state("given", "<b>")
    assert "state--none" not in ui.state("given")


class Ask(forms.Form):
    address = forms.EmailField(label="Address", help_text="Where we write.")
    role = forms.ChoiceField(choices=[("own", "Own\nWe decide."), ("joint", "Joint")], widget=forms.RadioSelect)
    note = forms.CharField(required=False)


def test_a_field_names_its_help_and_its_error() -> None:
    html = Ask({"address": "x@", "role": "own"}).as_div()
    assert 'aria-describedby="id_address_helptext id_address_error"' in html
    assert 'id="id_address_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'href="#id_address"' in html
    assert "field--error" in html
    assert "(optional)" in html


def test_a_form_without_mistakes_shows_none() -> None:
    html = Ask().as_div()
    assert "field--error" not in html
    assert 'class="errors"' not in html


def test_a_choice_keeps_its_title_and_its_help_apart() -> None:
    html = Ask().as_div()
    assert '<span class="option__title">Own</span><span class="option__help">We decide.</span>' in html
    assert '<span class="option__title">Joint</span></span>' in html


@pytest.mark.parametrize("name", [*styleguide.PAGES])
@override_settings(
    DEMO=True, STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
)
def test_styleguide_shows_each_page(name: str) -> None:
    answer = styleguide.page(RequestFactory().get("/styleguide/"), name)
    assert answer.status_code == 200
    assert b"</html>" in answer.content


@override_settings(DEBUG=False, DEMO=False)
def test_styleguide_is_not_there_in_earnest() -> None:
    with pytest.raises(Http404):
        styleguide.page(RequestFactory().get("/styleguide/"))


@override_settings(DEMO=True)
def test_styleguide_has_no_other_pages() -> None:
    with pytest.raises(Http404):
        styleguide.page(RequestFactory().get("/styleguide/x/"), "x")


def test_styleguide_is_only_read() -> None:
    assert styleguide.page(RequestFactory().delete("/styleguide/")).status_code == 405
