"""Importing a list of people."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidacy, Candidate, ImportBatch
from candidates.sourcing import batches, planning, reading
from privacy import suppression
from privacy.words import MASK
from tests.factories import make_candidacy, make_message, make_vacancy

HEADERS = "naam;e-mail;telefoon;linkedin;functie;werkgever;bron;gevonden op;grond"
ANNA = "Anna van der Berg;anna@person.example;06 12345678;https://www.linkedin.com/in/anna;CFO;Acme;;;open to work"
BERT = "Bos, Bert;bert@person.example;;;Controller;Zuivel;https://zuivel.example/team;1-9-2026;gepubliceerd"


def at(vacancy, name="import", *more):
    return reverse(f"candidates:{name}", args=[vacancy.pk, *more])


def text_of(response):
    return response.content.decode()


def csv_of(*rows, headers=HEADERS, encoding="utf-8"):
    return SimpleUploadedFile("people.csv", "\n".join([headers, *rows]).encode(encoding), content_type="text/csv")


def upload(browser, vacancy, *rows, headers=HEADERS, encoding="utf-8", **defaults):
    file = csv_of(*rows, headers=headers, encoding=encoding)
    response = browser.post(at(vacancy), {"file": file, **defaults})
    assert response.status_code == 302, text_of(response)
    return ImportBatch.objects.latest("created_at")


def rows_of(batch, vacancy):
    return batches.open_batch(batch).plan(vacancy=vacancy, actor=batch.made_by)


def run(browser, vacancy, batch):
    return browser.post(at(vacancy, "import-run", batch.pk), follow=True)


# Reading


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_common_encodings_and_separators_are_read(separator, encoding):
    text = separator.join(["naam", "e-mail"]) + "\r\n" + separator.join(['"Zoë Çelik"', "zoe@person.example"]) + "\r\n"
    if encoding == "cp1252":
        text = text.replace("Ç", "C")
    sheet = reading.read(text.encode(encoding))
    assert sheet.headers == ["naam", "e-mail"]
    assert sheet.rows[0][0].startswith("Zoë")
    assert reading.guess(sheet.headers) == {0: "name", 1: "email"}


def test_a_quoted_separator_a_blank_row_and_a_short_row():
    sheet = reading.read(b'sep=,\nname,email,job\n"Bos, Bert",b@x.example\n\n,,\nAnna,a@x.example,CFO,more\n')
    assert sheet.rows == [["Bos, Bert", "b@x.example", ""], ["Anna", "a@x.example", "CFO"]]
    assert sheet.numbers == [2, 5]


def test_dutch_and_english_headers_are_understood():
    dutch = ["Voornaam", "Tussenvoegsel", "Achternaam", "E-mailadres", "Functie", "Woonplaats", "Gevonden op"]
    english = ["First name", "Infix", "Last name", "Email", "Job title", "City", "Date found"]
    fields = ["given_name", "infix", "surname", "email", "job_title", "place", "found_on"]
    assert list(reading.guess(dutch).values()) == fields
    assert list(reading.guess(english).values()) == fields
    assert reading.guess(["Naam", "Geheim", "Naam"]) == {0: "name"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"name;email\n", "no row with a person"),
        (b"PK\x03\x04rest of a workbook", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "spreadsheet"),
        (b"name\n" + b"x\n" * 2001, "more than 2000"),
        (b'name\n"' + b"x" * 200_000 + b'"\n', "damaged"),
    ],
)
def test_what_cannot_be_read_is_said_at_the_field(desk, rosa, vacancy, data, sentence):
    file = SimpleUploadedFile("people.csv", data)
    response = desk(rosa).post(at(vacancy), {"file": file, "source_detail": "A meeting in March"})
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert "A meeting in March" in text_of(response)
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large_is_refused(desk, rosa, vacancy):
    file = SimpleUploadedFile("people.csv", b"name\n" + b"x" * reading.MAX_BYTES)
    response = desk(rosa).post(at(vacancy), {"file": file})
    assert response.status_code == 422
    assert "larger than 5 MB" in text_of(response)


# Preview


def test_the_preview_says_per_row_what_will_happen_and_saves_nothing(desk, rosa, vacancy):
    browser = desk(rosa)
    batch = upload(browser, vacancy, ANNA, BERT)
    text = text_of(browser.get(at(vacancy, "import-preview", batch.pk)))
    assert "Anna van der Berg" in text
    assert "Bert Bos" in text
    assert text.count("New person") == 2
    assert "Import 2 people" in text
    assert not Candidate.objects.exists()
    assert b"anna" not in bytes(batch.rows)


def test_every_refusal_has_its_reason(desk, rosa, vacancy):
    gone = make_candidacy(vacancy, email="gone@person.example")
    Candidacy.objects.filter(pk=gone.pk).update(ended_at=timezone.now(), ended_reason="refused")
    make_candidacy(vacancy, email="one@person.example")
    two = make_candidacy(vacancy, email="two@person.example").candidate
    two.contact_points.create(
        kind="phone", value="06 22222222", normalised="+31622222222", ground="consent", evidence_on=timezone.localdate()
    )
    away = make_candidacy(make_vacancy(owner=rosa), email="away@person.example")
    away.subject.restricted_at = timezone.now()
    away.subject.save()
    suppression.suppress([("email", "stop@person.example")], scope="all", reason="objected", actor=rosa)
    known = make_candidacy(make_vacancy(owner=rosa), email="known@person.example", surname="Kok")
    suppression.suppress([("phone", "+31633333333")], scope="vacancy", vacancy=vacancy.pk, reason="refused", actor=rosa)
    hidden = make_candidacy(make_vacancy(owner=rosa), email="hidden@person.example").candidate
    hidden.contact_points.create(
        kind="phone", value="0633333333", normalised="+31633333333", ground="consent", evidence_on=timezone.localdate()
    )
    tail = ";;;CFO;Acme;https://acme.example;;published"
    expected = {
        f";nobody@person.example{tail}": "There is no name",
        f"Anna;not an address{tail}": "e-mail address",
        f"Anna;Stop+x@person.example{tail}": "asked not to be contacted",
        f"Anna;hidden@person.example{tail}": "asked not to be contacted",
        f"Anna;gone@person.example{tail}": "said no to this vacancy",
        f"Anna;away@person.example{tail}": "may not be used now",
        "Anna;one@person.example;06 22222222;;;;https://acme.example;;published": "two different people",
        "Anna;a1@person.example;;;;;;;published": "where the person was found",
        "Anna;a0@person.example;;;;;javascript:alert(1).x;;published": "web address",
        "Anna;a2@person.example;;;;;https://acme.example;;": "why the address may be used",
        "Anna;a3@person.example;;;;;https://acme.example;;because": "why the address may be used",
        "Anna;a4@person.example;;;;;https://acme.example;31-13-2026;published": "is no date",
        "Anna;a5@person.example;;;;;https://acme.example;31-12-2099;published": "still to come",
        "Anna;known@person.example;;;;;https://acme.example;;published": "is here already and is added",
        "Anna;KNOWN@person.example;;;;;https://acme.example;;published": "The same person as in row 15",
        "Anna;two@person.example;;;;;https://acme.example;;published": "in this vacancy already",
    }
    batch = upload(desk(rosa), vacancy, *expected)
    rows = rows_of(batch, vacancy)
    for row, sentence in zip(rows, expected.values(), strict=True):
        assert sentence in row.reason, (row.number, row.reason)
    assert [row.verdict for row in rows if not row.is_refused] == [planning.KNOWN, planning.HERE]
    assert known.candidate.name in rows[13].reason


def test_identity_numbers_in_a_list_are_covered_before_it_is_stored(desk, rosa, vacancy):
    """Also in columns nothing is read from; a phone number that passes the eleven-test stays one (I9)."""
    batch = upload(
        desk(rosa),
        vacancy,
        "Anna;a@person.example;111222333;Paspoort NX4K8P2D7, belde zelf;123456782",
        headers="naam;email;telefoon;tip;bsn",
        ground="consent",
    )
    held = batches.open_batch(batch).sheet.rows[0]
    assert held == ["Anna", "a@person.example", "111222333", f"Paspoort {MASK * 9}, belde zelf", MASK * 9]
    row = rows_of(batch, vacancy)[0]
    assert not row.is_refused
    assert row.found["detail"] == held[3]


def test_what_a_row_does_not_say_comes_from_the_form(desk, rosa, vacancy):
    day = timezone.localdate().replace(day=1)
    batch = upload(
        desk(rosa),
        vacancy,
        "Anna;a@person.example",
        headers="naam;email",
        ground="prior_contact",
        source_detail="Met at the fair",
        found_on=day.isoformat(),
        language="en",
    )
    row = rows_of(batch, vacancy)[0]
    assert row.verdict == planning.NEW
    assert row.found["detail"] == "Met at the fair"
    assert row.found["source_type"] == "network"
    assert row.found["contacts"][0].ground == "prior_contact"
    assert timezone.localdate(row.found["obtained_at"]) == day
    assert row.found["language"] == "en"


def test_columns_can_be_put_right(desk, rosa, vacancy):
    browser = desk(rosa)
    batch = upload(browser, vacancy, "Anna Bos;a@person.example;x", headers="wie;waar;wat", ground="consent")
    page = at(vacancy, "import-preview", batch.pk)
    assert "There is no name" in text_of(browser.get(page))
    twice = browser.post(page, {"column_0": "name", "column_1": "name"})
    assert twice.status_code == 422
    assert "Another column holds this already" in text_of(twice)
    browser.post(
        page, {"column_0": "name", "column_1": "email", "ground": "consent", "source_detail": "Piet, 1 May: a tip"}
    )
    batch.refresh_from_db()
    row = rows_of(batch, vacancy)[0]
    assert (row.name, row.verdict) == ("Anna Bos", planning.NEW)


def test_a_colleagues_approach_warns_without_the_client(desk, rosa, tom, vacancy):
    theirs = make_vacancy(owner=tom)
    candidacy = make_candidacy(theirs, email="anna@person.example")
    make_message(candidacy, kind="approach", state="accepted", sender=tom)
    batch = upload(desk(rosa), vacancy, ANNA)
    row = rows_of(batch, vacancy)[0]
    assert "Talk to Tom first" in row.warnings[0]
    assert theirs.client.name not in row.warnings[0]


def test_the_plan_takes_as_many_queries_for_many_rows_as_for_few(vacancy, rosa, django_assert_num_queries):
    def lines(number):
        rows = [[f"Anna Bos{n}", f"a{n}@person.example", "https://acme.example", "consent"] for n in range(number)]
        return reading.Sheet(["naam", "email", "bron", "grond"], rows, list(range(2, number + 2)))

    columns = {0: "name", 1: "email", 2: "source_url", 3: "ground"}
    for number in (3, 60):
        make_candidacy(vacancy, email=f"a{number - 1}@person.example")
        with django_assert_num_queries(7):
            planning.plan(lines(number), columns, {}, vacancy=vacancy, actor=rosa)


# Carrying out


def test_fifty_people_are_imported_and_told_row_by_row(desk, rosa, vacancy):
    browser = desk(rosa)
    people = [f"Anna Bos{n};a{n}@person.example;;;CFO;Acme;https://acme.example;;published" for n in range(49)]
    make_candidacy(make_vacancy(owner=rosa), email="a0@person.example")
    batch = upload(browser, vacancy, *people, ";;;;;;;;")
    batch.delete()
    batch = upload(browser, vacancy, *people, "=cmd();not an address;;;;;https://x.example;;published")
    response = run(browser, vacancy, batch)
    assert "49 people added" in text_of(response)
    assert "Known, added here" in text_of(response)
    assert Candidacy.objects.filter(vacancy=vacancy).count() == 49
    source = Candidacy.objects.filter(vacancy=vacancy)[0].sources.get()
    assert (source.type, source.found_by) == ("website", rosa)
    download = browser.get(at(vacancy, "import-refused", batch.pk))
    lines = list(csv.reader(io.StringIO(download.content.decode("utf-8-sig")), delimiter=";"))
    assert len(lines) == 2
    assert lines[0][-1] == "Why it was refused"
    assert lines[1][0] == "'=cmd()"
    assert "e-mail address" in lines[1][-1]


def test_nothing_about_people_is_kept_open(desk, rosa, vacancy):
    browser = desk(rosa)
    batch = upload(browser, vacancy, ANNA, "Anna;broken;;;;;https://x.example;;published")
    run(browser, vacancy, batch)
    batch.refresh_from_db()
    assert batch.done_at
    assert "Anna" not in str(batch.outcome)
    assert "broken" not in str(batch.outcome)


def test_running_twice_imports_once(desk, rosa, vacancy):
    browser = desk(rosa)
    batch = upload(browser, vacancy, ANNA)
    run(browser, vacancy, batch)
    run(browser, vacancy, batch)
    candidacy = Candidacy.objects.get(vacancy=vacancy)
    assert candidacy.sources.count() == 1
    preview = browser.get(at(vacancy, "import-preview", batch.pk))
    assert preview.url == at(vacancy, "import-result", batch.pk)


def test_a_row_that_became_impossible_since_the_preview_is_refused_alone(desk, rosa, vacancy):
    browser = desk(rosa)
    batch = upload(browser, vacancy, ANNA, BERT)
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=rosa)
    text = text_of(run(browser, vacancy, batch))
    assert "asked not to be contacted" in text
    assert Candidate.objects.get().surname == "Bos"


def test_a_long_list_is_carried_out_by_a_worker(desk, rosa, vacancy, monkeypatch, run_tasks, transactional_db):
    monkeypatch.setattr(batches, "IN_A_REQUEST", 1)
    browser = desk(rosa)
    batch = upload(browser, vacancy, ANNA, BERT)
    assert "Rows done" in text_of(run(browser, vacancy, batch))
    assert not Candidate.objects.exists()
    assert "candidates.tasks.carry_out_import" in run_tasks()
    assert Candidate.objects.count() == 2
    page = at(vacancy, "import-result", batch.pk)
    assert desk(rosa, htmx=True).get(page)["HX-Redirect"] == page
    assert "2 people added" in text_of(browser.get(page))


def test_a_closed_vacancy_offers_no_import(desk, rosa, vacancy):
    browser = desk(rosa)
    batch = upload(browser, vacancy, ANNA)
    vacancy.state, vacancy.closed_at = "closed", timezone.now()
    vacancy.save()
    text = text_of(browser.get(at(vacancy, "import-preview", batch.pk)))
    assert "Nobody can be added to this vacancy now" in text
    assert "Import 1 person" not in text
    text = text_of(run(browser, vacancy, batch))
    assert "open for sourcing" in text
    assert not Candidate.objects.exists()


def test_others_may_not(desk, rosa, tom, vera, carl, vacancy):
    batch = upload(desk(rosa), vacancy, ANNA)
    for name in ("import-preview", "import-result", "import-refused"):
        for user in (tom, vera, carl):
            assert desk(user).get(at(vacancy, name, batch.pk)).status_code == 404, (name, user)
        assert desk(None).get(at(vacancy, name, batch.pk)).status_code == 302
        assert desk(rosa).delete(at(vacancy, name, batch.pk)).status_code == 405
    assert desk(rosa).get(at(vacancy, "import-refused", batch.pk)).status_code == 404
    assert desk(vera).get(at(vacancy)).status_code == 404
    assert desk(carl).get(at(vacancy)).status_code == 404
    assert desk(vera).post(at(vacancy, "import-run", batch.pk)).status_code == 404
    assert desk(tom).post(at(vacancy, "import-run", batch.pk)).status_code == 404
    assert desk(rosa).get(at(vacancy, "import-run", batch.pk)).status_code == 405
    assert not Candidate.objects.exists()
