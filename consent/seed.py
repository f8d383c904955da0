"""The first published words of each question. A later version is made by an administrator; these never change (I10)."""

from django.db import transaction
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
uw adres, zodat niemand hier u opnieuw benadert.

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
so that nobody here writes to you again.

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

TEXTS = {
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
}


def publish_defaults() -> int:
    """Publish version 1 of each question where none is published. Returns how many were. Safe to run twice."""
    made = 0
    with transaction.atomic():
        for purpose, words in TEXTS.items():
            if ConsentText.objects.filter(purpose=purpose, published_at__isnull=False).exists():
                continue
            texts = {**words, "notice_nl": NOTICE_NL, "notice_en": NOTICE_EN, "purpose": purpose}
            if lacking := lint.lacking(texts):
                raise ValueError(f"The text lacks: {', '.join(lacking)}")
            version = ConsentText.objects.filter(purpose=purpose).count() + 1
            ConsentText.objects.create(version=version, published_at=timezone.now(), **texts)
            made += 1
    return made
