"""Agreements: who decides about the data, the eight points of art. 28(3), and a signed file only staff can open."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests.factories import make_agreement, make_client
from vacancies import services
from vacancies.models import ART28_ITEMS, Agreement, ProcessingRole

PDF = b"%PDF-1.7\n% signed\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def words(**fields) -> dict:
    return {
        "title": "Processor agreement 2026",
        "role": "processor",
        "art28_items": list(ART28_ITEMS),
        "art26_essence": "",
        "signed_on": "2026-01-02",
        "valid_from": "2026-01-02",
        "valid_until": "",
        **fields,
    }


def pdf(content: bytes = PDF, name: str = "../../Naam van Jan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def files(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_adding_an_agreement_with_its_file(client, rosa, media):
    found = make_client()
    client.force_login(rosa)
    response = client.post(reverse("vacancies:agreement-new", args=[found.pk]), words(upload=pdf()))
    assert response.headers["Location"] == reverse("vacancies:client", args=[found.pk])
    agreement = Agreement.objects.get()
    assert agreement.is_valid
    assert agreement.created_by == rosa
    # The stored name is ours: what somebody calls a file can hold a name.
    assert "Jan" not in str(agreement.file.name)
    (stored,) = files(media)
    assert PDF[:8] not in stored.read_bytes(), "sealed under the organisation's key"
    assert services.agreement_content(agreement) == PDF
    entry = LedgerEntry.objects.get(kind="agreement.added")
    assert entry.codes["has_file"] is True


def test_the_file_is_a_download_for_staff_only(client, rosa, carl):
    found = make_client()
    agreement = services.save_agreement(
        found, actor=rosa, upload=pdf(), title="Joint/2026", role="joint", art26_essence="Ask us.",
        valid_from=timezone.localdate(),
    )  # fmt: skip
    url = reverse("vacancies:agreement-file", args=[found.pk, agreement.pk])
    assert client.get(url).headers["Location"].startswith("/accounts/login/")
    client.force_login(carl)
    assert client.get(url).status_code == 404
    client.force_login(rosa)
    response = client.get(url)
    assert response.headers["Content-Disposition"] == 'attachment; filename="joint2026.pdf"'
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content) == PDF
    assert client.post(url).status_code == 405
    assert client.get(reverse("vacancies:agreement-file", args=[make_client().pk, agreement.pk])).status_code == 404
    bare = make_agreement(found)
    assert client.get(reverse("vacancies:agreement-file", args=[found.pk, bare.pk])).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"title": ""}, "title", "Give the agreement a title."),
        ({"role": ""}, "role", "Choose the role of the agency."),
        ({"role": "king"}, "role", "Select a valid choice. king is not one of the available choices."),
        ({"valid_from": ""}, "valid_from", "Fill in from which day it is valid."),
        ({"valid_until": "2025-12-31"}, "valid_until", "The agreement ends before it begins."),
        ({"signed_on": "2999-01-01"}, "signed_on", "It cannot have been signed after today."),
        (
            {"art28_items": ["a", "b", "c", "d", "e", "f"]},
            "art28_items",
            "A signed processor agreement covers all eight points. Still to cover: (g) and (h).",
        ),
        (
            {"role": "joint", "art26_essence": ""},
            "art26_essence",
            "A joint arrangement has an essence candidates can read (art. 26(2) GDPR).",
        ),
    ],
)
def test_a_wrong_agreement_says_why_and_keeps_what_was_typed(client, rosa, fields, field, sentence):
    url = reverse("vacancies:agreement-new", args=[make_client().pk])
    client.force_login(rosa)
    response = client.post(f"{url}?lang=en", words(**{"art26_essence": "Kept words", **fields}))
    form = response.context["form"]
    assert response.status_code == 422
    assert form.errors[field] == [sentence]
    assert "art26_essence" in fields or "Kept words" in response.content.decode()
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (pdf(b"MZ program"), "This is not a PDF. Save or scan the agreement as a PDF."),
        (pdf(PDF + b"x" * (10 * 1024 * 1024)), "The file is 10.0\xa0MB; at most 10 MB fits."),
        (pdf(b""), "This file is empty."),
    ],
    ids=["not a pdf", "too large", "empty"],
)
def test_a_wrong_file_says_why_and_leaves_nothing_behind(client, rosa, media, upload, sentence):
    url = reverse("vacancies:agreement-new", args=[make_client().pk])
    client.force_login(rosa)
    upload.seek(0)
    response = client.post(f"{url}?lang=en", words(upload=upload))
    assert response.status_code == 422
    assert response.context["form"].errors["upload"] == [sentence]
    assert files(media) == []


def test_a_draft_without_signature_may_lack_points(client, rosa):
    client.force_login(rosa)
    client.post(reverse("vacancies:agreement-new", args=[make_client().pk]), words(signed_on="", art28_items=["a"]))
    assert not Agreement.objects.get().is_valid


def test_a_new_file_takes_the_place_of_the_old(client, rosa, media):
    found = make_client()
    client.force_login(rosa)
    client.post(reverse("vacancies:agreement-new", args=[found.pk]), words(upload=pdf()))
    agreement = Agreement.objects.get()
    url = reverse("vacancies:agreement-edit", args=[found.pk, agreement.pk])
    client.post(url, words(title="Renamed"))
    assert services.agreement_content(agreement) == PDF
    client.post(url, words(upload=pdf(PDF + b"2")))
    agreement.refresh_from_db()
    assert services.agreement_content(agreement) == PDF + b"2"
    assert len(files(media)) == 1


def test_a_refused_save_takes_its_file_back(rosa, media):
    """A signed processor agreement without its points: the constraint says no after the file was written."""
    with pytest.raises(Refused, match="covers all points"):
        services.save_agreement(
            make_client(), actor=rosa, upload=pdf(), title="T", role=ProcessingRole.PROCESSOR,
            signed_on=timezone.localdate(), valid_from=timezone.localdate(),
        )  # fmt: skip
    assert files(media) == []


def test_an_agreement_for_a_vacancy_comes_back_to_it(client, rosa):
    found = make_client()
    client.force_login(rosa)
    url = reverse("vacancies:agreement-new", args=[found.pk])
    page = client.get(url, {"role": "joint", "next": "/vacancies/"}).content.decode()
    assert '<input type="hidden" name="next" value="/vacancies/">' in page
    assert client.post(url, words(next="/vacancies/")).headers["Location"] == "/vacancies/"
    assert client.post(url, words(next="https://evil.example/")).headers["Location"] == f"/clients/{found.pk}/"


def test_an_agreement_is_found_only_at_its_own_client(client, rosa):
    agreement = make_agreement()
    client.force_login(rosa)
    assert client.get(reverse("vacancies:agreement-edit", args=[agreement.client_id, agreement.pk])).status_code == 200
    assert client.get(reverse("vacancies:agreement-edit", args=[make_client().pk, agreement.pk])).status_code == 404
