"""The first published words of each question. A later version is made by an administrator; these never change (I10)."""

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from consent import lint
from consent.models import ConsentText, Purpose

NOTICE_NL = """\
Wie verantwoordelijk is
[legal_name], [address], KvK [kvk], e-mail [email]. Vragen over privacy: [privacy_contact].

Waarvoor, en op welke grondslag
Wij zoeken voor een opdrachtgever iemand voor één vacature. Dat is het enige doel waarvoor wij uw gegevens gebruiken. \
De grondslag om u te zoeken en te benaderen is ons gerechtvaardigd belang, en dat van de opdrachtgever, om iemand voor \
deze functie te vinden (artikel 6 lid 1 onder f AVG). Wij stellen u alleen aan de opdrachtgever voor met uw uitdrukkelijke \
toestemming (artikel 6 lid 1 onder a AVG).

Welke gegevens, en waar wij die vonden
Welke gegevens: uw naam, functie, werkgever, woonplaats, openbare contactgegevens, en wat u ons zelf vertelt. De bron staat \
in het bericht dat wij u stuurden, met de datum; openbare bronnen zijn bijvoorbeeld LinkedIn of GitHub. Bijzondere \
persoonsgegevens, zoals over gezondheid of geloof, leggen wij niet vast.

Wie uw gegevens ontvangt
Nu: onze eigen recruiters die aan deze vacature werken. Na uw ja: ook de opdrachtgever die in de vraag genoemd is. \
Verwerkers die voor ons werken: onze hostingpartij en SparkPost, dat onze e-mail verstuurt. Wij gebruiken het Europese \
platform van SparkPost. Moeten gegevens toch buiten de Europese Economische Ruimte (buiten de EER) worden verwerkt, dan gelden \
de modelcontractbepalingen van de Europese Commissie; een kopie kunt u bij ons opvragen.

Hoe lang
Zonder antwoord wissen wij uw gegevens na [no_answer_days] dagen. Na een nee wissen wij ze meteen. Na een ja bewaren wij ze \
tot [retention_days] dagen na het einde van de procedure, en uw toestemming geldt hoogstens [consent_months] maanden. Van uw \
antwoord bewaren wij een bewijs zonder naam. Wilt u niets meer van ons horen, dan bewaren wij een onleesbare vingerafdruk van \
uw adres, zodat niemand hier u opnieuw benadert. [proof]

Uw rechten
U mag uw gegevens inzien, laten corrigeren, laten wissen, het gebruik laten beperken en uw gegevens meenemen. U mag bezwaar \
maken; dan stoppen wij. Een ja kunt u altijd weer intrekken, net zo makkelijk als u het gaf: met de link onder elk bericht. \
U hoort binnen een maand van ons en het kost niets. Een klacht kunt u indienen bij de Autoriteit Persoonsgegevens.

Niet verplicht
U bent niet verplicht ons iets te geven. Geeft u niets, dan stellen wij u niet voor; verder heeft dat geen gevolg.

Geen beslissing door een computer
Wij nemen geen geautomatiseerde besluiten en doen niet aan profilering. Mensen beoordelen profielen en nemen de beslissingen.

Meten van e-mail
Als dat in het bericht staat, meten wij of het bericht aankomt en geopend wordt. U kunt dat uitzetten. Wij beslissen er niets mee.
"""

NOTICE_EN = """\
Who is responsible
[legal_name], [address], Chamber of Commerce number [kvk], e-mail [email]. Questions about privacy: [privacy_contact].

What for, and on which legal basis
A client has asked us to find somebody for one vacancy. That is the only purpose we use your data for. The legal basis for \
looking for you and writing to you is our legitimate interest, and the client's, in filling this job (article 6(1)(f) GDPR). \
We introduce you to the client only with your explicit consent (article 6(1)(a) GDPR).

Which data, and where we found them
Which data: your name, job, employer, place, public contact details, and what you tell us yourself. The source is named in the \
message we sent you, with the date; public sources are for example LinkedIn or GitHub. We do not record special categories of \
data, such as health or religion.

Who receives your data
Now: our own recruiters who work on this job. After your yes: also the client named in the question. Processors who work for \
us: our hosting company and SparkPost, which sends our e-mail. We use SparkPost's European platform. Should data have to be \
processed outside the European Economic Area (outside the EEA) all the same, the European Commission's standard contractual \
clauses apply; ask us for a copy.

How long
Without an answer we erase your data after [no_answer_days] days. After a no we erase them at once. After a yes we keep them \
until [retention_days] days after the procedure ends, and your consent lasts [consent_months] months at most. Of your answer we \
keep a proof without your name. If you want to hear nothing from us any more, we keep an unreadable fingerprint of your address, \
so that nobody here writes to you again. [proof]

Your rights
You may see, correct and erase your data, limit their use and take them along. You may object; then we stop. You can always \
withdraw a yes, as easily as you gave it: with the link under each message. You hear from us within a month, free of charge. \
You may complain to the Autoriteit Persoonsgegevens, the Dutch data protection authority.

Not required
You are not obliged to give us anything. If you give nothing, we do not introduce you; it has no other consequence.

No decision by a computer
We take no automated decisions and do no profiling. People look at profiles and take the decisions.

Measuring e-mail
If the message says so, we measure whether it arrives and is opened. You can switch that off. We decide nothing by it.
"""

POOL_NOTICE_NL = """\
Wie verantwoordelijk is
[legal_name], [address], KvK [kvk], e-mail [email]. Vragen over privacy: [privacy_contact].

Waarvoor, en op welke grondslag
Wij bewaren uw gegevens met één doel: u te vragen of u belangstelling heeft voor een andere vacature. De grondslag is uw \
toestemming (artikel 6 lid 1 onder a AVG). Wij stellen u met deze toestemming aan niemand voor. Past een vacature bij u, dan \
vragen wij voor die vacature en die opdrachtgever eerst opnieuw uw toestemming.

Welke gegevens, en waar wij die vonden
Welke gegevens: uw naam, functie, werkgever, woonplaats, contactgegevens, en wat u ons zelf stuurde of vertelde, zoals uw cv. \
De bron bent u zelf, of de bron die in ons eerste bericht aan u stond. Bijzondere persoonsgegevens, zoals over gezondheid of \
geloof, leggen wij niet vast.

Wie uw gegevens ontvangt
Alleen onze eigen recruiters. Geen enkele opdrachtgever ziet u. Verwerkers die voor ons werken: onze hostingpartij en SparkPost, \
dat onze e-mail verstuurt. Wij gebruiken het Europese platform van SparkPost. Moeten gegevens toch buiten de Europese Economische \
Ruimte (buiten de EER) worden verwerkt, dan gelden de modelcontractbepalingen van de Europese Commissie; een kopie kunt u bij ons \
opvragen.

Hoe lang
[pool_months] maanden vanaf uw ja. Voor het einde vragen wij het u nog één keer. Zegt u dan niets, dan eindigt uw toestemming \
vanzelf en wissen wij uw gegevens. Zonder antwoord op deze vraag vervalt zij na [no_answer_days] dagen en bewaren wij niets \
langer dan zonder deze vraag. Van uw antwoord bewaren wij een bewijs zonder naam.

Uw rechten
U mag uw gegevens inzien, laten corrigeren, laten wissen, het gebruik laten beperken en uw gegevens meenemen. U mag bezwaar \
maken; dan stoppen wij. U kunt uw ja altijd weer intrekken, net zo makkelijk als u het gaf: met de link onder elk bericht. \
U hoort binnen een maand van ons en het kost niets. Een klacht kunt u indienen bij de Autoriteit Persoonsgegevens.

Niet verplicht
U bent niet verplicht ons iets te geven. Zegt u nee, dan heeft dat geen enkel gevolg voor een procedure die nog loopt.

Geen beslissing door een computer
Wij nemen geen geautomatiseerde besluiten en doen niet aan profilering. Mensen beoordelen profielen en nemen de beslissingen.
"""

POOL_NOTICE_EN = """\
Who is responsible
[legal_name], [address], Chamber of Commerce number [kvk], e-mail [email]. Questions about privacy: [privacy_contact].

What for, and on which legal basis
We keep your data for one purpose: to ask you whether another vacancy interests you. The legal basis is your consent (article \
6(1)(a) GDPR). With this consent we introduce you to nobody. If a vacancy fits you, we first ask your consent again, for that \
vacancy and that client.

Which data, and where we found them
Which data: your name, job, employer, place, contact details, and what you sent or told us yourself, such as your CV. The source \
is you, or the source named in our first message to you. We do not record special categories of data, such as health or religion.

Who receives your data
Only our own recruiters. No client sees you. Processors who work for us: our hosting company and SparkPost, which sends our \
e-mail. We use SparkPost's European platform. Should data have to be processed outside the European Economic Area (outside the \
EEA) all the same, the European Commission's standard contractual clauses apply; ask us for a copy.

How long
[pool_months] months from your yes. Before it ends we ask you once more. If you then say nothing, your consent ends by itself and \
we erase your data. Without an answer to this question it lapses after [no_answer_days] days, and we keep nothing longer than we \
would have without it. Of your answer we keep a proof without your name.

Your rights
You may see, correct and erase your data, limit their use and take them along. You may object; then we stop. You can always \
withdraw your yes, as easily as you gave it: with the link under each message. You hear from us within a month, free of charge. \
You may complain to the Autoriteit Persoonsgegevens, the Dutch data protection authority.

Not required
You are not obliged to give us anything. If you say no, it has no consequence at all for a procedure that still runs.

No decision by a computer
We take no automated decisions and do no profiling. People look at profiles and take the decisions.
"""

RUNNER_UP_NOTICE_NL = """\
Wie verantwoordelijk is
[legal_name], [address], KvK [kvk], e-mail [email]. Vragen over privacy: [privacy_contact].

Waarvoor, en op welke grondslag
Wij bewaren uw gegevens met één doel: u te vragen of u nog belangstelling heeft voor [vacancy], als die plaats weer vrijkomt. \
De grondslag is uw toestemming (artikel 6 lid 1 onder a AVG). Wij stellen u met deze toestemming aan niemand voor. Komt de plaats \
weer vrij, dan vragen wij daarvoor eerst opnieuw uw toestemming.

Welke gegevens, en waar wij die vonden
Welke gegevens: uw naam, functie, werkgever, woonplaats, contactgegevens, en wat u ons zelf stuurde of vertelde, zoals uw cv. \
De bron bent u zelf, of de bron die in ons eerste bericht aan u stond. Bijzondere persoonsgegevens, zoals over gezondheid of \
geloof, leggen wij niet vast.

Wie uw gegevens ontvangt
Alleen onze eigen recruiters. Geen enkele opdrachtgever ziet u. Verwerkers die voor ons werken: onze hostingpartij en SparkPost, \
dat onze e-mail verstuurt. Wij gebruiken het Europese platform van SparkPost. Moeten gegevens toch buiten de Europese Economische \
Ruimte (buiten de EER) worden verwerkt, dan gelden de modelcontractbepalingen van de Europese Commissie; een kopie kunt u bij ons \
opvragen.

Hoe lang
Tot en met [kept_until]. Dan eindigt uw toestemming vanzelf en wissen wij uw gegevens; wij vragen het niet opnieuw. Zonder antwoord op deze vraag vervalt zij na [no_answer_days] dagen en bewaren wij niets \
langer dan zonder deze vraag. Van uw antwoord bewaren wij een bewijs zonder naam.

Uw rechten
U mag uw gegevens inzien, laten corrigeren, laten wissen, het gebruik laten beperken en uw gegevens meenemen. U mag bezwaar \
maken; dan stoppen wij. U kunt uw ja altijd weer intrekken, net zo makkelijk als u het gaf: met de link onder elk bericht. \
U hoort binnen een maand van ons en het kost niets. Een klacht kunt u indienen bij de Autoriteit Persoonsgegevens.

Niet verplicht
U bent niet verplicht ons iets te geven. Zegt u nee, dan heeft dat geen enkel gevolg voor een procedure die nog loopt.

Geen beslissing door een computer
Wij nemen geen geautomatiseerde besluiten en doen niet aan profilering. Mensen beoordelen profielen en nemen de beslissingen.
"""

RUNNER_UP_NOTICE_EN = """\
Who is responsible
[legal_name], [address], Chamber of Commerce number [kvk], e-mail [email]. Questions about privacy: [privacy_contact].

What for, and on which legal basis
We keep your data for one purpose: to ask you whether [vacancy] still interests you, if that place becomes free again. The legal \
basis is your consent (article 6(1)(a) GDPR). With this consent we introduce you to nobody. If the place becomes free again, we \
first ask your consent again for that.

Which data, and where we found them
Which data: your name, job, employer, place, contact details, and what you sent or told us yourself, such as your CV. The source \
is you, or the source named in our first message to you. We do not record special categories of data, such as health or religion.

Who receives your data
Only our own recruiters. No client sees you. Processors who work for us: our hosting company and SparkPost, which sends our \
e-mail. We use SparkPost's European platform. Should data have to be processed outside the European Economic Area (outside the \
EEA) all the same, the European Commission's standard contractual clauses apply; ask us for a copy.

How long
Until [kept_until]. Then your consent ends by itself and we erase your data; we do not ask again. Without an answer to this question it lapses after [no_answer_days] days, and we keep nothing longer than we \
would have without it. Of your answer we keep a proof without your name.

Your rights
You may see, correct and erase your data, limit their use and take them along. You may object; then we stop. You can always \
withdraw your yes, as easily as you gave it: with the link under each message. You hear from us within a month, free of charge. \
You may complain to the Autoriteit Persoonsgegevens, the Dutch data protection authority.

Not required
You are not obliged to give us anything. If you say no, it has no consequence at all for a procedure that still runs.

No decision by a computer
We take no automated decisions and do no profiling. People look at profiles and take the decisions.
"""

TEXTS: dict[str, dict[str, str]] = {
    Purpose.INTRODUCE: {
        "question_nl": (
            "[agency] zoekt voor [client] iemand voor de functie [vacancy]. Wij denken aan u. "
            "Mogen wij u bij [client] voorstellen? U beslist, en u kunt uw ja altijd weer intrekken."
        ),
        "question_en": (
            "[agency] is looking for somebody for [client], for the job of [vacancy]. We thought of you. "
            "May we introduce you to [client]? You decide, and you can always take back a yes."
        ),
        "yes_nl": "Ja, stuur mijn gegevens naar [client] voor de functie [vacancy].",
        "yes_en": "Yes, send my data to [client] for the job of [vacancy].",
    },
    Purpose.TALK: {
        "question_nl": (
            "[agency] zoekt iemand voor de functie [vacancy] bij [client]. De naam van het bedrijf hoort u van de "
            "recruiter. Mogen wij u daarover spreken? Wij sturen niets naar het bedrijf."
        ),
        "question_en": (
            "[agency] is looking for somebody for the job of [vacancy] at [client]. The recruiter tells you the "
            "company's name. May we talk to you about it? We send nothing to the company."
        ),
        "yes_nl": "Ja, u mag contact met mij opnemen over de functie [vacancy].",
        "yes_en": "Yes, you may contact me about the job of [vacancy].",
    },
    Purpose.POOL: {
        "question_nl": (
            "Mag [agency] uw gegevens [pool_months] maanden bewaren, om u te vragen of u belangstelling heeft voor een andere "
            "vacature? Geen opdrachtgever ziet u. Voor elke vacature vragen wij het u eerst."
        ),
        "question_en": (
            "May [agency] keep your data for [pool_months] months, to ask you whether another vacancy interests you? "
            "No client sees you. For each vacancy we ask you first."
        ),
        "yes_nl": "Ja, bewaar mijn gegevens [pool_months] maanden en vraag mij voor andere vacatures.",
        "yes_en": "Yes, keep my data for [pool_months] months and ask me for other vacancies.",
        "notice_nl": POOL_NOTICE_NL,
        "notice_en": POOL_NOTICE_EN,
    },
    Purpose.RUNNER_UP: {
        "question_nl": (
            "Mag [agency] uw gegevens tot en met [kept_until] bewaren als reserve voor de functie [vacancy] bij [client]? "
            "Geen opdrachtgever ziet u op dit ja. Komt de plaats weer vrij, dan vragen wij het u eerst."
        ),
        "question_en": (
            "May [agency] keep your data until [kept_until], as runner-up for the job of [vacancy] at [client]? "
            "No client sees you on this yes. If the place becomes free again, we ask you first."
        ),
        "yes_nl": "Ja, bewaar mijn gegevens tot en met [kept_until] als reserve voor de functie [vacancy].",
        "yes_en": "Yes, keep my data until [kept_until] as runner-up for the job of [vacancy].",
        "notice_nl": RUNNER_UP_NOTICE_NL,
        "notice_en": RUNNER_UP_NOTICE_EN,
    },
}


def publish_defaults() -> int:
    """Publish version 1 of each question where none is published. Returns how many were. Safe to run twice."""
    with transaction.atomic():
        rows = ConsentText.objects.order_by().values("purpose")
        known = {row["purpose"]: row for row in rows.annotate(versions=Count("pk"), published=Count("published_at"))}
        now = timezone.now()
        lacking = []
        for purpose, words in TEXTS.items():
            there = known.get(purpose, {"versions": 0, "published": 0})
            if there["published"]:
                continue
            texts = {"notice_nl": NOTICE_NL, "notice_en": NOTICE_EN, **words, "purpose": purpose}
            if items := lint.lacking(texts):
                raise ValueError(f"The text lacks: {', '.join(items)}")
            lacking.append(ConsentText(version=there["versions"] + 1, published_at=now, **texts))
        return len(ConsentText.objects.bulk_create(lacking))
