"""A believable agency for `make demo`, made through the same verbs as everything else. All people are invented."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import MailTracking, Membership, Organisation, Role, Team, User
from candidates import services as candidates
from candidates.models import Candidacy, ContactGround, ContactKind, DecisionReason, SourceType, Stage
from candidates.names import split_name
from candidates.services import Contact
from consent import seed as consent_texts
from consent import services as consent
from consent.models import ConsentRequest
from introductions import services as introductions
from mailing import seed as mail_texts
from mailing.models import InboundMail
from privacy import links
from privacy.governance import services as assessments
from privacy.models import ImpactAssessment, LegitimateInterestAssessment, Link
from vacancies import services as vacancies
from vacancies.models import ART28_ITEMS, Client, ClientContact, ProcessingRole, Shared, Vacancy

PASSWORD = "watson-demo-2026"  # noqa: S105  (the demo listens on this machine only, and prints it at every start)
LOGINS = [
    ("administrator", "ada@sterling-search.example", PASSWORD),
    ("recruiter", "rosa@sterling-search.example", PASSWORD),
    ("recruiter", "sam@sterling-search.example", PASSWORD),
    ("privacy officer", "olga@sterling-search.example", PASSWORD),
]

PEOPLE = [
    # name, job, employer, place, language, days ago
    ("Anna de Vries", "Finance director", "Graanhof", "Utrecht", "nl", 2),
    ("Bram van den Berg", "CFO", "Koeltrans", "Zwolle", "nl", 3),
    ("Chantal Jansen", "Group controller", "Zuivelkring", "Amersfoort", "nl", 5),
    ("Daan Bakker", "Finance manager", "Molenland Foods", "Arnhem", "nl", 12),
    ("Eva El Amrani", "Interim CFO", "self-employed", "Rotterdam", "nl", 16),
    ("Floris ter Braak", "Head of finance", "Vlasveld", "Deventer", "nl", 22),
    ("Grace O'Connor", "VP Finance", "Northsea Packaging", "The Hague", "en", 1),
    ("Hugo Visser", "Finance director", "Dijkstra Bakeries", "Leeuwarden", "nl", 26),
    ("Iris Smit-van Dalen", "Director business control", "Havenbedrijf Oost", "Tilburg", "nl", 7),
    ("Joost Meijer", "CFO", "Tuinpark", "Den Bosch", "nl", 9),
]


def plant() -> bool:
    """Make the demo's agency, once. False when it is there already. Refuses outside the demo."""
    if not settings.DEMO:
        raise CommandError("The demo's people are for `make demo` only: set DEMO=1.")
    mail_texts.publish_defaults()
    consent_texts.publish_defaults()
    if User.objects.exists():
        return False
    _organisation()
    ada = _user("Ada Mulder", "ada", Role.ADMINISTRATOR, "Office manager")
    rosa = _user("Rosa Hendriks", "rosa", Role.RECRUITER, "Partner")
    sam = _user("Sam de Boer", "sam", Role.RECRUITER, "Consultant")
    olga = _user("Olga Kuiper", "olga", Role.OFFICER, "Privacy officer")
    finance, technology = Team.objects.create(name="Finance"), Team.objects.create(name="Technology")
    for team, user in ((finance, rosa), (finance, ada), (technology, sam)):
        Membership.objects.create(team=team, user=user)
    lia = _assessment(rosa, olga)
    _impact_assessment(ada, olga)
    _food(rosa, finance, lia)
    _confidential(rosa, finance, lia)
    _technology(sam, technology, lia)
    _applicants(rosa)
    return True


def _organisation() -> None:
    Organisation.objects.update_or_create(
        pk=1,
        defaults={
            "name": "Sterling Search",
            "legal_name": "Sterling Search B.V.",
            "postal_address": "Maliebaan 100\n3581 CX Utrecht",
            "kvk": "00000000",
            "email": "info@sterling-search.example",
            "phone": "+31 30 760 00 00",
            "website": "https://sterling-search.example",
            "privacy_contact": "Olga Kuiper, privacy@sterling-search.example",
            "mail_domain": "mail.sterling-search.example",
            "mail_tracking": MailTracking.DISCLOSED,
            "mail_tracking_reason": "Named in every notice, can be switched off; impact assessment approved.",
        },
    )


def _user(name: str, local: str, role: str, job_title: str) -> User:
    return User.objects.create_user(
        f"{local}@sterling-search.example",
        PASSWORD,
        name=name,
        role=role,
        job_title=job_title,
        phone="+31 30 760 00 00",
        language="nl",
    )


def _assessment(author: User, approver: User) -> LegitimateInterestAssessment:
    draft = assessments.write_assessment(
        actor=author,
        title="Directors and managers in public professional sources",
        scope="Searches for board members, directors, managers and specialists, on assignment, one vacancy at a time.",
        interest="The client must fill a key position; the agency lives by finding people for it.",
        necessity="The people looked for rarely answer advertisements. Only name, job, employer and a way to reach "
        "them are kept until they answer.",
        sources="LinkedIn, GitHub, company websites, tips from the network. On professional networks people expect to "
        "be found for work; private social media are not used.",
        categories="Name, job, employer, place, public contact details, source and date.",
        balance="One personal message about one vacancy. Without an answer everything is erased within 28 days.",
        safeguards="Notice with the first message, opt-out in every message, suppression by keyed hash, no scores.",
        outcome="The interest outweighs, as long as the safeguards stand.",
    )
    return assessments.approve(draft, review_on=timezone.localdate() + timedelta(days=330), actor=approver)


def _impact_assessment(author: User, approver: User) -> None:
    ImpactAssessment.objects.create(
        feature="tracking",
        title="Measuring whether mail arrives and is opened",
        description="SparkPost reports delivery, opening and clicks of the notice link to Watson.",
        necessity="A message that did not arrive must be sent another way before the notice is due.",
        risks="People may feel watched; an open may be taken for interest.",
        measures="Named in every notice; can be switched off; no link with a token is measured; it never sorts.",
        author=author,
        approved_by=approver,
        approved_at=timezone.now(),
        review_on=timezone.localdate() + timedelta(days=330),
    )


def _client(actor: User, contact: tuple[str, str], **fields: Any) -> tuple[Client, ClientContact]:
    client = vacancies.create_client(actor=actor, **fields)
    name, job_title = contact
    local = name.split()[0].lower()
    domain = fields["website"].removeprefix("https://")
    return client, vacancies.save_contact(
        client, actor=actor, name=name, job_title=job_title, email=f"{local}@{domain}", language="nl"
    )


def _vacancy(actor: User, client: Client, lia: LegitimateInterestAssessment, team: Team, **fields: Any) -> Vacancy:
    draft = vacancies.create_vacancy(
        actor=actor,
        client=client,
        team=team,
        shared=[Shared.PROFILE, Shared.CONTACT],
        assignment_on=timezone.localdate() - timedelta(days=30),
        assignment="Signed order confirmation in the client's file.",
        **fields,
    )
    vacancies.confirm_assessment(
        draft, assessment=lia, within_scope=True, same_sources=True, safeguards_stand=True, actor=actor
    )
    return vacancies.open_vacancy(draft, actor=actor)


def _food(rosa: User, team: Team, lia: LegitimateInterestAssessment) -> None:
    """The vacancy of the tour: people in every state of the road."""
    client, contact = _client(
        rosa,
        ("Karin Wolters", "Director HR"),
        name="Graanmolen",
        legal_name="Graanmolen Foods B.V.",
        sector="Food",
        place="Zwolle",
        website="https://graanmolen.example",
        kvk="00000001",
    )
    agreement = vacancies.save_agreement(
        client,
        actor=rosa,
        role=ProcessingRole.JOINT,
        title="Arrangement on candidates' data",
        art26_essence="Sterling Search finds, tells and asks you; Graanmolen decides on the job. Ask either of us.",
        art28_items=list(ART28_ITEMS),
        signed_on=timezone.localdate() - timedelta(days=60),
        valid_from=timezone.localdate() - timedelta(days=60),
        valid_until=timezone.localdate() + timedelta(days=300),
    )
    vacancy = _vacancy(
        rosa,
        client,
        lia,
        team,
        title="Finance director",
        purpose="Find a finance director for Graanmolen Foods, on its assignment.",
        text="You lead finance and control of a food company with 400 people and three sites, report to the managing "
        "director, and sit on the management team. You bring ten years in finance, of which some in production.",
        place="Zwolle",
        role=ProcessingRole.JOINT,
        role_reason="The client sets the criteria; the agency decides where and how it looks.",
        agreement=agreement,
    )
    found = {person[0]: _find(vacancy, rosa, person) for person in PEOPLE}
    candidates.approach([found["Daan Bakker"], found["Joost Meijer"]], actor=rosa)
    _told_by_inmail(found["Anna de Vries"], rosa)
    _told_by_inmail(found["Iris Smit-van Dalen"], rosa)
    _told_by_inmail(found["Eva El Amrani"], rosa)
    asked, link = _question(found["Anna de Vries"])
    consent.give(asked, link=link, language="nl")
    introductions.introduce(
        candidacy=found["Anna de Vries"],
        contacts=[contact],
        shared=[Shared.PROFILE, Shared.CONTACT],
        words="Anna leidt finance bij een vergelijkbaar bedrijf en zoekt een bredere rol.",
        actor=rosa,
    )
    asked, link = _question(found["Iris Smit-van Dalen"])
    consent.talk_first(asked, link=link, language="nl")
    asked, link = _question(found["Eva El Amrani"])
    consent.refuse_request(asked, link=link, language="nl")
    candidates.move(found["Iris Smit-van Dalen"].pk, to=Stage.IN_TALKS, reason=DecisionReason.NEXT_STEP, actor=rosa)
    _worked_on(found, rosa)


def _worked_on(found: dict[str, Candidacy], rosa: User) -> None:
    """A call, notes and tasks, as a day at the desk leaves them."""
    ada = User.objects.get(role=Role.ADMINISTRATOR)
    today = timezone.localdate()
    iris, anna = found["Iris Smit-van Dalen"], found["Anna de Vries"]
    candidates.log_contact(
        iris, actor=rosa, kind="phone", note="Wil eerst weten hoe groot het team is.", follow_up_on=today
    )
    candidates.write_note(
        iris.candidate, candidacy=iris, text="Leidt nu twaalf mensen. Wil in de regio blijven.", actor=rosa
    )
    candidates.write_note(
        anna.candidate,
        candidacy=anna,
        text="@Rosa, de opdrachtgever belde: donderdag om tien uur past daar ook.",
        may_read=True,
        actor=ada,
    )
    candidates.add_task(anna, what="Gesprek van donderdag bevestigen", due_on=today, actor=rosa, assignee=rosa)
    candidates.add_task(
        found["Joost Meijer"], what="Referentie bellen", due_on=today + timedelta(days=3), actor=rosa, assignee=ada
    )


def _confidential(rosa: User, team: Team, lia: LegitimateInterestAssessment) -> None:
    client, _contact = _client(
        rosa,
        ("Peter Maas", "Chairman"),
        name="Noordwind",
        legal_name="Noordwind Holding N.V.",
        sector="Energy",
        place="Groningen",
        website="https://noordwind.example",
        kvk="00000002",
    )
    vacancy = _vacancy(
        rosa,
        client,
        lia,
        team,
        title="Chief executive",
        purpose="Find a chief executive for Noordwind Holding, in confidence, on its assignment.",
        text="You lead an energy company of 900 people through its next phase.",
        place="the north of the country",
        is_confidential=True,
        sector_label="a listed energy company in the north of the country",
        role=ProcessingRole.OWN,
        role_reason="The agency looks in its own way; the client sees nobody before a yes.",
    )
    for person in (
        ("Koen Postma", "Director operations", "Windpark West", "Assen", "nl", 4),
        ("Laura Bianchi", "Managing director", "Solaris Benelux", "Antwerp", "en", 6),
    ):
        _find(vacancy, rosa, person)


def _technology(sam: User, team: Team, lia: LegitimateInterestAssessment) -> None:
    client, _contact = _client(
        sam,
        ("Nina Prins", "CTO"),
        name="Lichtspoor",
        legal_name="Lichtspoor Software B.V.",
        sector="Software",
        place="Eindhoven",
        website="https://lichtspoor.example",
        kvk="00000003",
    )
    vacancy = _vacancy(
        sam,
        client,
        lia,
        team,
        title="Head of engineering",
        purpose="Find a head of engineering for Lichtspoor, on its assignment.",
        text="You lead five teams that build scheduling software for railways.",
        place="Eindhoven",
        is_public=True,
        role=ProcessingRole.OWN,
        role_reason="The agency decides whom it looks for and how.",
    )
    for person in (
        ("Mehmet Yilmaz", "Engineering manager", "Bitwerk", "Eindhoven", "nl", 2),
        ("Noor Willems", "Principal engineer", "Railogic", "Utrecht", "nl", 8),
    ):
        _find(vacancy, sam, person)
    vacancies.create_vacancy(actor=sam, client=client, team=team, title="Product manager")


def _applicants(rosa: User) -> None:
    """Three people who wrote of their own accord: one waits on Today, one was asked, one agreed to be kept."""
    for days, name in enumerate(("Pieter Sanders", "Quirine van Loon", "Ruud Hofman")):
        came = timezone.now() - timedelta(days=days, hours=2)
        address = f"{name.lower().replace(' ', '-')}@mail.example"
        mail = InboundMail.objects.create(
            digest=hashlib.sha256(address.encode()).hexdigest(),
            from_email=address,
            from_name=name,
            subject_line="Open sollicitatie",
            text="Geachte mevrouw, heer,\n\nIk zoek een nieuwe functie in finance. Hieronder vindt u mijn ervaring.",
            sent_at=came,
            received_at=came,
            erase_on=timezone.localdate(came) + timedelta(days=settings.MAIL_STRAY_DAYS),
        )
        if days == 0:
            continue
        parts = split_name(name)
        named = {part: getattr(parts, part) for part in ("given_name", "infix", "surname")}
        person = candidates.take_application(mail, name=named, language="nl", actor=rosa)
        if days == 2:
            asked = ConsentRequest.objects.get(subject=person.subject_id)
            link = links.issue("consent", subject=person.subject_id, about_kind="consent_request", about_id=asked.pk)
            consent.give(asked, link=link, language="nl")


def _find(vacancy: Vacancy, actor: User, person: tuple[str, str, str, str, str, int]) -> Candidacy:
    full, job_title, employer, place, language, days = person
    name = split_name(full)
    slug = full.lower().replace(" ", "-").replace("'", "")
    moment: datetime = timezone.now() - timedelta(days=days)
    profile = f"https://www.linkedin.com/in/{slug}"
    return candidates.source(
        vacancy=vacancy,
        actor=actor,
        name={
            part: getattr(name, part)
            for part in ("given_name", "initials", "infix", "surname", "partner_infix", "partner_surname")
        },
        contacts=[
            Contact(
                kind=kind,
                value=value,
                ground=ContactGround.OPEN_TO_WORK,
                evidence=profile,
                evidence_on=moment.date(),
            )
            for kind, value in ((ContactKind.EMAIL, f"{slug}@mail.example"), (ContactKind.PROFILE, profile))
        ],
        source_type=SourceType.LINKEDIN,
        url=profile,
        obtained_at=moment,
        job_title=job_title,
        employer=employer,
        place=place,
        language=language,
    ).candidacy


def _told_by_inmail(candidacy: Candidacy, actor: User) -> None:
    message = candidates.prepare_copy(candidacy, channel="inmail", actor=actor)
    candidates.sent_by_hand(message, actor=actor)


def _question(candidacy: Candidacy) -> tuple[ConsentRequest, Link]:
    """The open question of a candidacy and a link as the person holds it."""
    asked = ConsentRequest.objects.get(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, closed_at=None)
    link = links.issue("consent", subject=candidacy.subject_id, about_kind="consent_request", about_id=asked.pk)
    return asked, link
