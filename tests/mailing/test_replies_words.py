"""What is new in a mail, and what its words may ask."""

import pytest

from mailing.replies import phrases, quoting

OURS = "> Wilt u geen berichten meer? Afmelden kan hier. Verwijder mijn gegevens: klik."

HISTORIES = {
    "gmail nl": f"Op ma 3 nov. 2025 om 10:12 schreef Rosa de Wit <r-1@reply.example>:\n\n{OURS}",
    "gmail nl wrapped": f"Op ma 3 nov. 2025 om 10:12 schreef Rosa de Wit <\nr-1234567890@reply.example>:\n\n{OURS}",
    "gmail en": f"On Mon, Nov 3, 2025 at 10:12 AM Rosa de Wit <r-1@reply.example> wrote:\n\n{OURS}",
    "gmail en wrapped": f"On Mon, Nov 3, 2025 at 10:12 AM Rosa de Wit <r-1234@reply.example>\nwrote:\n\n{OURS}",
    "gmail de": f"Am Mo., 3. Nov. 2025 um 10:12 Uhr schrieb Rosa de Wit <r-1@reply.example>:\n\n{OURS}",
    "apple nl": f"Op 3 nov 2025, om 10:12 heeft Rosa de Wit <r-1@reply.example> het volgende geschreven:\n\n{OURS}",
    "apple en": f"> On 3 Nov 2025, at 10:12, Rosa de Wit <r-1@reply.example> wrote:\n> \n{OURS}",
    "thunderbird nl": f"Rosa de Wit schreef op 3-11-2025 om 10:12:\n{OURS}",
    "outlook nl": "Van: Rosa de Wit <r-1@reply.example>\nVerzonden: maandag 3 november 2025 10:12\n"
    f"Aan: Anna\nOnderwerp: Vacature\n\n{OURS[2:]}",
    "outlook en": "From: Rosa de Wit\nSent: Monday, November 3, 2025\nTo: Anna\nSubject: Hello\n\nUnsubscribe here.",
    "outlook de": "Von: Rosa de Wit\nGesendet: Montag\nAn: Anna\nBetreff: Stelle\n\nAbmelden",
    "outlook bold": "*From:* Rosa\n*Sent:* Monday\n*To:* Anna\n*Subject:* Q\n\nUnsubscribe here.",
    "outlook line": "________________________________\nVan: Rosa\nVerzonden: maandag\nAan: Anna\n\nAfmelden kan hier.",
    "original message": "-----Original Message-----\nFrom: Rosa\n\nUnsubscribe here.",
    "oorspronkelijk bericht": "----- Oorspronkelijk bericht -----\nAfmelden kan hier.",
    "forwarded": "---------- Forwarded message ---------\nFrom: Rosa\n\nUnsubscribe here.",
    "arrows alone": OURS,
}


@pytest.mark.parametrize("style", HISTORIES)
def test_quoted_history_is_folded_away_and_kept(style):
    new, quoted = quoting.split(f"Dat klinkt goed, bel mij maar.\n\nGroet, Anna\n\n{HISTORIES[style]}")
    assert new == "Dat klinkt goed, bel mij maar.\n\nGroet, Anna"
    assert quoted == HISTORIES[style].replace("> \n", ">\n").strip("\n")
    assert phrases.hints(quoting.own_words(new)) == []


def test_an_answer_between_the_quoted_lines_is_new():
    text = "On Mon, 3 Nov 2025 Rosa wrote:\n> Kunt u dinsdag?\nJa, om tien uur.\n> En waar?\nBij u.\n"
    assert quoting.split(text).new == "Ja, om tien uur.\nBij u."


@pytest.mark.parametrize(
    "text",
    [
        "Op maandag kan ik niet.\nWel op dinsdag.",
        "On the whole I like it: tell me more.",
        "Van: harte!\nTot dan.",
        "Ik schreef u al eerder.\nGroet",
        "Mijn cijfers:\n-----\n1. omzet",
        "",
    ],
)
def test_a_text_without_history_stays_whole(text):
    assert quoting.split(text) == (text, "")


def test_hostile_lines_take_no_time():
    for line in ("op " + "a " * 2000, "schreef op " * 500, "from:" * 1000, ">" * 5000, "-" * 5000, "on wrote" * 600):
        quoting.split("\n".join([line] * 50))


@pytest.mark.parametrize(
    ("signature", "own"),
    [
        ("Graag.\n\n-- \nStop Afmelden B.V.", "Graag."),
        ("Graag.\n\nMet vriendelijke groet,\nAnna\nAfmelden B.V.", "Graag."),
        ("Sure.\n\nKind regards,\nUnsubscribe Ltd", "Sure."),
        ("Graag.\n\nVerzonden vanaf mijn iPhone", "Graag."),
        ("Met vriendelijke groet", "Met vriendelijke groet"),
    ],
)
def test_the_signature_asks_nothing(signature, own):
    assert quoting.own_words(signature) == own


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Stop", {"objection"}),
        ("STOP!", {"objection"}),
        ("Stop a.u.b.", {"objection"}),
        ("Stop ermee", {"objection"}),
        ("Stop er mee!", {"objection"}),
        ("stop alstublieft", {"objection"}),
        ("Stop alsjeblieft met mailen.", {"objection"}),
        ("Alstublieft, stop.", {"objection"}),
        ("Nee bedankt, stop nu.", {"objection"}),
        ("Ik zei het al: stop hiermee, alstublieft.", {"objection"}),
        ("Wilt u stoppen?", {"objection"}),
        ("Kunt u hiermee stoppen?", {"objection"}),
        ("Stoppen graag", {"objection"}),
        ("Stop deze mails", {"objection"}),
        ("Stop met mij te benaderen", {"objection"}),
        ("Hou op", {"objection"}),
        ("Houd op!", {"objection"}),
        ("Hou nu eens op.", {"objection"}),
        ("hou hiermee op", {"objection"}),
        ("Hou op met bellen", {"objection"}),
        ("Laat mij alstublieft met rust.", {"objection"}),
        ("Benader mij niet meer.", {"objection"}),
        ("Bel mij nooit meer", {"objection"}),
        ("Neem geen contact met mij op.", {"objection"}),
        ("Neem geen contact meer op", {"objection"}),
        ("Ik wil niets meer van u horen.", {"objection"}),
        ("Please stop", {"objection"}),
        ("Could you please stop?", {"objection"}),
        ("Stop this now", {"objection"}),
        ("No thanks, stop it please.", {"objection"}),
        ("Please stop these messages.", {"objection"}),
        ("Quit bothering me", {"objection"}),
        ("Leave me alone.", {"objection"}),
        ("Cease all contact", {"objection"}),
        ("Don't reach out again", {"objection"}),
        ("Remove me.", {"objection"}),
        ("Wilt u mij uitschrijven?", {"objection"}),
        ("Graag afmelden.", {"objection"}),
        ("Please unsubscribe me", {"objection"}),
        ("Please stop emailing me", {"objection"}),
        ("Don’t contact me again.", {"objection"}),
        ("Ik wil geen mails meer ontvangen", {"objection"}),
        ("Ik maak bezwaar tegen het gebruik van mijn gegevens", {"objection"}),
        ("Haal mij van de lijst", {"objection"}),
        ("Verwijder mijn gegevens", {"erasure"}),
        ("Wilt u al mijn persoonsgegevens verwijderen", {"erasure"}),
        ("Wilt u mijn gegevens\nuit uw systeem verwijderen?", {"erasure"}),
        ("Please delete my data", {"erasure"}),
        ("Remove all of my personal information from your files", {"erasure"}),
        ("I invoke my right to be forgotten", {"erasure"}),
        ("Ik wil inzage", {"access"}),
        ("Welke gegevens hebt u van mij?", {"access"}),
        ("What data do you hold about me?", {"access"}),
        ("Send me a copy of my data", {"access"}),
        ("Hoe komt u aan mijn gegevens?", {"access"}),
        ("Ik trek mijn toestemming in.", {"withdrawal"}),
        ("I withdraw my consent", {"withdrawal"}),
        ("Ik trek me terug", {"withdrawal"}),
        ("Stop. En verwijder mijn gegevens.", {"objection", "erasure"}),
    ],
)
def test_words_that_may_be_a_request(text, kinds):
    found = phrases.hints(text)
    assert {hint.kind for hint in found} == kinds
    assert all(hint.phrase.lower() in text.lower().replace("’", "'").replace("\n", " ") for hint in found)


@pytest.mark.parametrize(
    "text",
    [
        "Dat klinkt goed.",
        "Ik stop over een maand bij mijn werkgever.",
        "I never stop learning.",
        "Ik stop met werken.",
        "Ik stop ermee per 1 mei; daarna ben ik vrij.",
        "Wij stoppen ermee, vandaar dat ik rondkijk.",
        "Ik wil stoppen met werken voor banken.",
        "Kunt u stoppen met werken zien als een optie?",
        "Ik werk al tien jaar non-stop.",
        "Non stop, alstublieft niet nog een jaar zo.",
        "Het ging nonstop door.",
        "Full stop.",
        "Hou op maandag rekening met mijn vrije dag.",
        "Hou me op de hoogte!",
        "Ik hou op met mijn huidige baan.",
        "Ik hou ermee op bij mijn werkgever.",
        "Houd op de website in de gaten wanneer ik kan.",
        "Bel mij niet meer vandaag, morgen graag.",
        "Neem geen contact op met mijn werkgever.",
        "Ik heb niets meer van u gehoord.",
        "Please stop by our office.",
        "Don't stop sending me roles like this.",
        "We did not stop these projects.",
        "I will stop working in March.",
        "Laat het me met plezier weten.",
        "The bus stop is near.",
        "Helaas moet ik mij afmelden voor het gesprek van morgen.",
        "Kunt u mij inzage in de functieomschrijving geven? Nee: inzage in de vacature.",
        "Ik heb ervaring met gegevensbeheer en databases.",
        "My data team delivers weekly.",
        "Bezwaar heb ik niet.",
        "Onstopbaar uitgeschreven.",
    ],
)
def test_words_that_ask_nothing(text):
    assert phrases.hints(text) == []


def test_hostile_words_take_no_time():
    hard = ("stop nu ", ", nu ", "please, ", "hou nu eens ", "stop met het dit deze ", "wil ik niets meer van u ")
    for word in ("mijn gegevens te ", "stop ", "remove my ", "niet meer ", "a" * 50, *hard):
        phrases.hints(word * 5_000)
