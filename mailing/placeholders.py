"""What the words of each kind of message may name: in plain words, with an example of each. Pure: no database."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from mailing.kinds import KINDS, NOTICE_KINDS, Kind
from privacy.guards import Sentence


@dataclass(frozen=True)
class Placeholder:
    """One name: what stands in its place. One that may be empty needs a `?`, so that its line can fall away."""

    name: str
    meaning: Sentence
    example: Mapping[str, str]
    may_be_empty: bool = False

    @property
    def written(self) -> str:
        """As a writer puts it in a text."""
        return f"[{self.name}{'?' if self.may_be_empty else ''}]"


@dataclass(frozen=True)
class Place:
    """One link of the reader's own."""

    name: str
    meaning: Sentence
    label: Mapping[str, str]
    may_be_empty: bool = False

    def written(self, language: str) -> str:
        """As a writer puts it in a text: on a line of its own it becomes a button."""
        return f"[link:{self.name}{'?' if self.may_be_empty else ''}|{self.label[language]}]"


def _one(name: str, meaning: Sentence, dutch: str, english: str = "", *, may_be_empty: bool = False) -> Placeholder:
    return Placeholder(name, meaning, {"nl": dutch, "en": english or dutch}, may_be_empty)


_ALL = {
    one.name: one
    for one in (
        _one("greeting", _("the greeting, with the reader's name"), "Beste Anna de Vries,", "Dear Anna de Vries,"),
        _one("name", _("the reader's name"), "Anna de Vries"),
        _one("vacancy", _("the title of the vacancy"), "Financieel directeur", "Finance director"),
        _one("client", _("the client, or its sector while it is confidential"), "Molen Foods B.V."),
        _one("place", _("where the job is"), "Utrecht"),
        _one("source", _("where we found the person"), "LinkedIn"),
        _one("found_on", _("when we found the person"), "3 november 2026", "3 November 2026"),
        _one("answer_by", _("until when they can answer"), "1 december 2026", "1 December 2026"),
        _one(
            "note",
            _("the recruiter's own line to this person"),
            "Uw ervaring met familiebedrijven viel mij op.",
            "Your experience with family firms caught my eye.",
            may_be_empty=True,
        ),
        _one(
            "tracking",
            _("that opens and clicks are measured, if they are"),
            "Wij meten of dit bericht wordt geopend.",
            "We measure whether this message is opened.",
            may_be_empty=True,
        ),
        _one(
            "proof",
            _("that proof of an introduction is kept, if it is"),
            "Stellen wij u voor, dan bewaren wij daarvan hoogstens 12 maanden een verzegeld bewijs.",
            "If we introduce you, we keep sealed proof of that for 12 months at most.",
            may_be_empty=True,
        ),
        _one("asked_on", _("when we asked the first time"), "3 november 2026", "3 November 2026"),
        _one("subject", _("the subject the recruiter gave"), "Onze afspraak van dinsdag", "Our appointment on Tuesday"),
        _one(
            "text",
            _("the words the recruiter wrote"),
            "Dinsdag om tien uur schikt mij goed.",
            "Tuesday at ten suits me well.",
        ),
        _one("due_on", _("the last day of the legal term"), "3 december 2026", "3 December 2026", may_be_empty=True),
        _one("applied_on", _("when they wrote to us"), "3 november 2026", "3 November 2026"),
        _one("erase_on", _("the day after which we erase without an answer"), "1 december 2026", "1 December 2026"),
        _one("pool_months", _("months for which we keep somebody who agrees"), "12"),
        _one("pool_until", _("the last day of their consent to be kept"), "3 november 2027", "3 November 2027"),
        _one("kept_until", _("the last day they are kept as runner-up"), "23 februari 2027", "23 February 2027"),
        _one("received_on", _("when the request came in"), "3 november 2026", "3 November 2026"),
        _one("copy_kind", _("what the copy holds"), "alles wat wij hebben", "everything we hold"),
        _one("until_on", _("the last day the link works"), "17 december 2026", "17 December 2026"),
        _one("minutes", _("how many minutes the code works"), "20"),
        _one("asked_for", _("what they asked for"), "mijn gegevens inzien", "see my data"),
        _one("new_due_on", _("the last day of the longer term"), "3 februari 2027", "3 February 2027"),
        _one(
            "ground",
            _("the ground of the decision"),
            "er zijn veel verzoeken tegelijk",
            "there are many requests at once",
        ),
        _one(
            "reasons",
            _("the reasons, as the officer wrote them"),
            "Uw gegevens staan ook in de papieren van drie opdrachten.",
            "Your data are also in the papers of three assignments.",
        ),
        _one(
            "answer",
            _("what was done, as the officer wrote it"),
            "Wij hebben uw gegevens gewist.",
            "We have erased your data.",
        ),
        _one("code", _("the code to type"), "1234 5678"),
        _one("asked", _("what we ask, to be sure who asks"), "Wilt u ons terugbellen?", "Would you call us back?"),
        _one(
            "doubt",
            _("why there is a doubt"),
            "Uw verzoek kwam van een adres dat wij niet kennen.",
            "Your request came from an address we do not know.",
        ),
        _one("got_on", _("when the recipient got the data"), "3 november 2026", "3 November 2026", may_be_empty=True),
        _one(
            "what_to_do",
            _("what the recipient has to do"),
            "Wis alles wat u van deze persoon hebt.",
            "Erase everything you have of this person.",
        ),
        _one("recruiter", _("the name of the sender"), "Rosa Hendriks"),
        _one("recruiter_title", _("the job title of the sender"), "partner", may_be_empty=True),
        _one("recruiter_phone", _("the phone number of the sender"), "030 760 00 00", may_be_empty=True),
        _one("recruiter_email", _("the e-mail address of the sender"), "rosa@search.example"),
        _one("agency", _("our trade name"), "Sterling Search"),
        _one("legal_name", _("our legal name"), "Sterling Search B.V."),
        _one("postal_line", _("our postal address"), "Maliebaan 1, 3581 CA Utrecht"),
        _one("kvk", _("our Chamber of Commerce number"), "87654321"),
        _one("agency_email", _("our e-mail address"), "info@search.example"),
        _one("agency_phone", _("our phone number"), "030 760 00 00", may_be_empty=True),
        _one("privacy_contact", _("whom to ask about privacy"), "Olga, privacy@search.example"),
        _one("no_answer_days", _("days we wait for an answer"), "28"),
        _one("retention_days", _("days after which we erase without an answer"), "28"),
        _one("policy", _("the address of our privacy policy"), "https://search.example/privacy/"),
        _one("portal_address", _("the address of the portal"), "https://search.example/portal/"),
    )
}
_ASKED_FIRST = ("greeting", "name")
_OURS = (
    *("recruiter", "recruiter_title", "recruiter_phone", "recruiter_email"),
    *("agency", "legal_name", "postal_line", "kvk", "agency_email", "agency_phone", "privacy_contact"),
    *("no_answer_days", "retention_days", "policy", "portal_address"),
)
_PLACES = {
    "consent": Place(
        "consent",
        _("the page on which they answer"),
        {"nl": "Bekijk de vacature en geef uw antwoord", "en": "See the vacancy and give your answer"},
    ),
    "copy": Place(
        "copy",
        _("the page on which they open the copy of their data"),
        {"nl": "Open de kopie van uw gegevens", "en": "Open the copy of your data"},
    ),
    "portal": Place("portal", _("the portal, signed in at once"), {"nl": "Open het portaal", "en": "Open the portal"}),
    "confirm": Place(
        "confirm", _("the page on which they type the code"), {"nl": "Typ de code in", "en": "Type the code"}
    ),
    "request": Place(
        "request",
        _("the page of their request, with the proof once they are erased"),
        {"nl": "Bekijk het bewijs", "en": "See the proof"},
    ),
    "withdraw": Place(
        "withdraw",
        _("withdraw a consent or stop all messages"),
        {"nl": "Toestemming intrekken of stoppen", "en": "Withdraw your consent or stop"},
    ),
    "me": Place("me", _("see, correct or erase their data"), {"nl": "Uw gegevens bekijken", "en": "See your data"}),
}


def of(kind: str) -> list[Placeholder]:
    """What this kind of message may name, what is about the reader first."""
    known = KINDS.get(kind, Kind())
    # A notice of art. 14 has a place for it, also where this kind is never measured: then the line falls away.
    tells = known.followed or kind in NOTICE_KINDS
    names = (
        *_ASKED_FIRST,
        *known.names,
        *(("tracking",) if tells else ()),
        *(("proof",) if kind in NOTICE_KINDS else ()),
        *_OURS,
    )
    return [_ALL[name] for name in names]


def links_of(kind: str) -> list[Place]:
    """The reader's links this kind of message may hold; for a stranger the last two are not there."""
    known = KINDS.get(kind, Kind())
    own = [_PLACES["withdraw"], _PLACES["me"]]
    if known.stranger:
        own = [_optional(one) for one in own]
    return [*(_PLACES[name] for name in known.links), *(_optional(_PLACES[name]) for name in known.may_hold), *own]


def _optional(place: Place) -> Place:
    return Place(place.name, place.meaning, place.label, may_be_empty=True)


def examples(kind: str, language: str) -> dict[str, str]:
    """An invented reader: a value for everything this kind may name."""
    return {one.name: one.example[language] for one in of(kind)}
