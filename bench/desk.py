"""The recruiter's desk among many people: how long each page takes, through gunicorn, with some and with many at once.

The people are copies of one proper person, each in a vacancy; one vacancy holds 5,000 of them, the others a hundred.
Clients ask one page after the other without a pause, each as a recruiter who may open a fifth of the vacancies.
"""

import argparse
import http.client
import os
import sys
import threading
import time
from dataclasses import dataclass
from statistics import quantiles
from typing import Any
from urllib.parse import quote

from bench import servers
from bench.events import site
from bench.people import Crowd
from bench.rows import at_will

BIG = 5000  # people in the big vacancy
EACH = 100  # people in each of the others
OWN = 5  # one in so many vacancies is the recruiter's
INTRODUCED = 20
WARM_UP = 5
_SETTLED = ("candidates_source", "consent_notice", "candidates_untold", "consent_consentrequest")
# Where everybody stands: one in fifty must still be told; the others were told and asked within the last four weeks, of
# a third of whom the question is closed. Safe to run again for who was added.
_STANDING = """
    UPDATE candidates_source SET obtained_at = now() - abs(hashtext(candidacy_id::text)) % 28 * interval '1 day';
    DELETE FROM consent_notice n USING candidates_candidacy y
        WHERE y.subject_id = n.subject_id AND y.vacancy_id = n.vacancy_id AND abs(hashtext(y.id::text)) % 50 = 0;
    INSERT INTO candidates_untold SELECT y.id FROM candidates_candidacy y WHERE NOT EXISTS (
        SELECT 1 FROM consent_notice n WHERE n.subject_id = y.subject_id AND n.vacancy_id = y.vacancy_id)
        ON CONFLICT DO NOTHING;
    INSERT INTO consent_consentrequest SELECT copy.* FROM consent_consentrequest p, candidates_candidacy y,
        LATERAL jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'subject_id', y.subject_id,
            'vacancy_id', y.vacancy_id, 'handed_over_at', now() - abs(hashtext(y.id::text)) % 27 * interval '1 day',
            'closed_at', CASE WHEN abs(hashtext(y.id::text)) % 3 = 0 THEN now() END)) copy
        WHERE p.id = (SELECT r.id FROM consent_consentrequest r ORDER BY r.created_at LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM candidates_untold u WHERE u.candidacy_id = y.id)
            AND NOT EXISTS (SELECT 1 FROM consent_consentrequest r WHERE r.subject_id = y.subject_id);
"""


@dataclass(frozen=True)
class Asked:
    """One page: its name, its address, and the cookie of who asks."""

    name: str
    path: str
    cookie: str


def main() -> int:
    """Run the bench and print a table of each size."""
    parser = argparse.ArgumentParser(prog="bench.desk", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 100_000], help="sizes, smallest first")
    parser.add_argument("--clients", type=int, nargs="+", default=[4, 16], help="how many ask at once")
    parser.add_argument("--times", type=int, default=100, help="how often each page is asked for")
    given = parser.parse_args()
    with servers.running(SPARKPOST_API_KEY=""):
        town = Town()
        for size in sorted(given.people):
            began = time.perf_counter()
            town.grow(size)
            _say(f"\n{size:,} people, made in {time.perf_counter() - began:.0f} s; load {os.getloadavg()[0]:.1f}\n")
            _table(town.pages(), given.clients, given.times)
    return 0


def _table(pages: list[Asked], clients: list[int], times: int) -> None:
    _say("| page | KB | " + " | ".join(f"{number} clients: p50 | p95" for number in clients) + " |")
    _say("|---|---|" + "---|---|" * len(clients))
    with site("watson.settings", "watson.wsgi") as port:
        for asked in pages:
            _ask(port, asked, WARM_UP)
            cells = []
            size = 0
            for number in clients:
                took, size = _together(port, asked, number, times)
                cut = quantiles(took, n=20)
                cells.append(f"{1000 * cut[9]:.0f} | {1000 * cut[18]:.0f}")
            _say(f"| {asked.name} | {size / 1024:.0f} | {' | '.join(cells)} |")


def _together(port: int, asked: Asked, clients: int, times: int) -> tuple[list[float], int]:
    """Seconds of each answer when so many clients ask for a page, and its size in bytes."""
    found: list[list[float]] = [[] for _client in range(clients)]
    sizes = [0]

    def go(place: int) -> None:
        found[place], sizes[0] = _ask(port, asked, max(times // clients, 2))

    threads = [threading.Thread(target=go, args=[place]) for place in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [took for one in found for took in one], sizes[0]


def _ask(port: int, asked: Asked, times: int) -> tuple[list[float], int]:
    took, size = [], 0
    for _turn in range(times):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.perf_counter()
        line.request("GET", asked.path, headers={"Cookie": asked.cookie})
        answer = line.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - began)
        line.close()
        size = len(body)
        if answer.status != 200:
            raise RuntimeError(f"{asked.path} answers {answer.status}.")
    return took, size


class Town:
    """An agency of some size: its vacancies, its people, a recruiter and a client who sign in."""

    def __init__(self) -> None:
        from consent import seed as consent_seed
        from mailing import seed as mailing_seed
        from tests import factories

        factories.make_organisation()
        consent_seed.publish_defaults()
        mailing_seed.publish_defaults()
        self.rosa = factories.make_user("Rosa")
        self.vera = factories.make_user("Vera")
        self.big = factories.make_vacancy(owner=self.rosa, title="Financieel directeur")
        self.portal = _portal(self.big)
        with at_will() as cursor:
            cursor.execute("CREATE TABLE bench_vacancy (number integer PRIMARY KEY, id uuid)")
            cursor.execute("INSERT INTO bench_vacancy VALUES (0, %s)", [str(self.big.pk)])
            cursor.execute("GRANT SELECT ON bench_vacancy TO PUBLIC")
        self.vacancies = 0
        # The first 5,000 are in the big vacancy, the next hundred in the first of the others, and so on.
        place = f"((n - {BIG} - 1) / {EACH})"
        theirs = f"(SELECT v.id FROM bench_vacancy v WHERE v.number = CASE WHEN n <= {BIG} THEN 0 ELSE 1 + {place} END)"
        mine = f"n <= {BIG} OR {place} %% {OWN} = 0"
        owner = f"CASE WHEN {mine} THEN '{self.rosa.pk}'::uuid ELSE '{self.vera.pk}'::uuid END"
        employer = "CASE WHEN n %% 8 = 0 THEN 'Zuivelhuis Noord' ELSE 'Bedrijf ' || n %% 5000 END"
        self.crowd = Crowd(
            _found(self.big),
            {
                ("candidates_candidate", "employer"): employer,
                ("candidates_candidate", "created_at"): "now() - n * interval '1 minute'",
                ("candidates_candidacy", "vacancy_id"): theirs,
                ("candidates_candidacy", "owner_id"): owner,
                ("candidates_candidacy", "changed_at"): "now() - n * interval '1 minute'",
                ("consent_legalbasis", "vacancy_id"): theirs,
                ("consent_notice", "vacancy_id"): theirs,
                ("mailing_message", "id"): "md5(p.id::text || ':' || n)::uuid",
                ("mailing_message", "vacancy_ref"): theirs,
                ("mailing_message", "accepted_at"): "now() - n %% 27 * interval '1 day'",
            },
        )

    def grow(self, people: int) -> None:
        """As many people as this, in as many vacancies as they need."""
        from tests import factories

        prototype = None
        wanted = max(0, -(-(people - BIG) // EACH))
        with at_will() as cursor:
            for number in range(self.vacancies + 1, wanted + 1):
                if prototype is None:
                    prototype = factories.make_vacancy(owner=self.vera, title="Directeur")
                owner = self.rosa if (number - 1) % OWN == 0 else self.vera
                cursor.execute(
                    "WITH made AS (INSERT INTO vacancies_vacancy SELECT copy.* FROM vacancies_vacancy p,"
                    " LATERAL jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'owner_id', %s,"
                    " 'title', 'Directeur ' || %s)) copy WHERE p.id = %s RETURNING id)"
                    " INSERT INTO bench_vacancy SELECT %s, id FROM made",
                    [str(owner.pk), number, str(prototype.pk), number],
                )
            self.vacancies = max(self.vacancies, wanted)
        self.crowd.grow(people)
        with at_will() as cursor:
            cursor.execute(
                "SELECT watson_search_refresh(ARRAY(SELECT c.id FROM candidates_candidate c WHERE NOT EXISTS"
                " (SELECT 1 FROM candidates_searchdocument d WHERE d.candidate_id = c.id)))"
            )
            cursor.execute(_STANDING)
            for table in (*_SETTLED, "candidates_searchdocument", "vacancies_vacancy", "bench_vacancy"):
                cursor.execute(f"VACUUM (ANALYZE) {table}")

    def pages(self) -> list[Asked]:
        """The pages a recruiter works in, and the client's."""
        from candidates.models import Candidate

        rosa, client = _cookie(self.rosa), _cookie(self.portal)
        person = Candidate.objects.get(subject=self.crowd.subject(min(self.crowd.number, 777)))
        rare = f"Achternaam{min(self.crowd.number, 777)}"
        return [
            Asked("Today", "/", rosa),
            Asked("candidates", "/candidates/", rosa),
            Asked("a search that hits 1 in 8", f"/search/?q={quote('zuivelhuis')}", rosa),
            Asked("a rare search", f"/search/?q={quote(rare)}", rosa),
            Asked("palette, 1 in 8", "/palette/?q=zuiv", rosa),
            Asked("board of 5,000", f"/vacancies/{self.big.pk}/", rosa),
            Asked("person", f"/candidates/{person.pk}/", rosa),
            Asked("vacancies", "/vacancies/", rosa),
            Asked("portal", "/portal/", client),
        ]


def _found(vacancy: Any) -> dict[str, list[Any]]:
    """Somebody found for a vacancy and told so, by table."""
    from consent.models import LegalBasis, Notice
    from tests import factories

    candidacy = factories.make_candidacy(
        vacancy, given_name="Prototype", surname="Achternaam0", job_title="Directeur", notice=True
    )
    notice = Notice.objects.get(subject=candidacy.subject_id)
    candidate = candidacy.candidate
    return {
        "privacy_subject": [candidacy.subject_id],
        "candidates_candidate": [candidate.pk],
        "candidates_contactpoint": list(candidate.contact_points.values_list("pk", flat=True)),
        "candidates_candidacy": [candidacy.pk],
        "candidates_source": list(candidacy.sources.values_list("pk", flat=True)),
        "mailing_message": [notice.message_id],
        "consent_notice": [notice.pk],
        "consent_legalbasis": list(
            LegalBasis.objects.filter(subject=candidacy.subject_id).values_list("pk", flat=True)
        ),
    }


def _portal(vacancy: Any) -> Any:
    """A client contact who signs in, with people introduced to them."""
    from accounts.models import Role
    from introductions.models import Introduction, Recipient
    from tests import factories

    user = factories.make_user("Carl", Role.CLIENT)
    contact = factories.make_contact(vacancy.client, email=user.email, user=user)
    for _number in range(INTRODUCED):
        candidacy = factories.make_candidacy(vacancy, notice=True)
        request = factories.make_request(candidacy)
        introduction = Introduction.objects.create(
            candidacy=candidacy,
            subject=candidacy.subject,
            vacancy=vacancy,
            client=vacancy.client,
            request=request,
            event=factories.make_event(request),
            shared=request.shared,
            introduced_by=vacancy.owner,
        )
        Recipient.objects.create(introduction=introduction, contact=contact)
    return user


def _cookie(user: Any) -> str:
    from django.conf import settings
    from django.test import Client

    browser = Client()
    browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
