"""De Nederlandse teksten."""

from mailing.texts.words import Words

_NOTICE = """# Wat wij met uw gegevens doen

- Wie: [legal_name], [postal_line], is verantwoordelijk. Vragen over privacy: [privacy_contact].
- Waarom: om u te vragen of u belangstelling heeft voor deze ene vacature. Wij en onze opdrachtgever hebben er een \
gerechtvaardigd belang bij om voor deze functie geschikte mensen te vinden (artikel 6 lid 1 onder f AVG). Voor het \
voorstellen aan de opdrachtgever vragen wij uw toestemming.
- Welke gegevens: uw naam, functie, werkgever, loopbaan en contactgegevens. Wij zoeken geen gegevens over uw \
gezondheid, geloof, afkomst of privéleven.
- Bron: [source], op [found_on].
- {recipients}
- Waar: onze mail gaat via SparkPost. Komen gegevens daarbij buiten de Europese Economische Ruimte, dan gelden de \
modelcontracten van de Europese Commissie; u kunt bij ons een kopie vragen.
- Hoe lang: krijgen wij geen antwoord, dan wissen wij uw gegevens [retention_days] dagen na dit bericht. Zegt u nee, \
dan wissen wij ze ook. Wij onthouden dan alleen, onherkenbaar gemaakt, dat u niet benaderd wilt worden.
- Uw rechten: u mag uw gegevens inzien, verbeteren, laten wissen, meenemen en het gebruik laten beperken. Een \
gegeven toestemming mag u altijd weer intrekken. Dat kan met de links onder dit bericht.
- Klacht: u kunt een klacht indienen bij de Autoriteit Persoonsgegevens.
- Mensen beslissen: er is geen geautomatiseerde besluitvorming en wij maken geen profielen.
- [proof?]
- [tracking?]

> Bezwaar: u kunt op elk moment bezwaar maken tegen dit gebruik van uw gegevens. Wij stoppen dan meteen. Gebruik de \
link ‘Stoppen’ onder dit bericht of antwoord op deze mail."""

_APPROACH_NOTICE = _NOTICE.format(
    recipients="Wie ze zien: [recruiter] en collega’s bij [agency] die aan deze vacature werken, en bedrijven die voor "
    "ons de mail en de opslag verzorgen. [client] ziet ze pas na uw ja."
)
_TALK_NOTICE = _NOTICE.format(
    recipients="Wie ze zien: [recruiter] en collega’s bij [agency] die aan deze vacature werken, en bedrijven die voor "
    "ons de mail en de opslag verzorgen. De opdrachtgever ([client]) ziet ze pas als u weet wie het is en ja zegt."
)

_SIGNED = """Met vriendelijke groet,

[recruiter]
[recruiter_title?]
[agency]
[recruiter_phone?]"""

APPROACH = Words(
    "[vacancy] bij [client]: mag ik u voorstellen?",
    f"""[greeting]

Ik ben [recruiter], recruiter bij [agency]. Voor [client] zoeken wij iemand voor de functie [vacancy] ([place]). Ik \
denk dat uw ervaring daarbij past. Uw gegevens vond ik op [found_on] via [source].

[note?]

Mag ik u voorstellen aan [client]? Dat doe ik alleen als u uitdrukkelijk ja zegt. U ziet eerst precies wat [client] \
dan van u krijgt. U kunt ook nee zeggen, of eerst met mij praten. Voor alle drie is er één link:

[link:consent|Bekijk de vacature en geef uw antwoord]

U kunt antwoorden tot en met [answer_by]. Doet u niets, dan stuur ik niets door.

{_SIGNED}

{_APPROACH_NOTICE}""",
    """[greeting]

Ik ben [recruiter] van [agency]. Voor [client] zoek ik iemand als [vacancy]. Ik vond u via [source]. Mag ik u \
voorstellen? Alleen als u ja zegt.

[note?]

Vacature, uw rechten en uw antwoord (ja, nee of eerst praten):
[link:consent]

Geen berichten meer:
[link:withdraw]""",
)

TALK_INVITE = Words(
    "Mag ik u spreken over een functie: [vacancy]?",
    f"""[greeting]

Ik ben [recruiter], recruiter bij [agency]. Ik zoek iemand voor de functie [vacancy] ([place]). De opdrachtgever wil \
nu nog niet met naam genoemd worden: het gaat om [client]. Ik denk dat uw ervaring erbij past. Uw gegevens vond ik \
op [found_on] via [source].

[note?]

Ik vraag u nu maar één ding: mogen wij erover praten? Ik stuur niets van u door. In ons gesprek hoort u wie de \
opdrachtgever is, en pas daarna vraag ik of ik u mag voorstellen. U kunt ja of nee zeggen met deze link:

[link:consent|Lees meer en geef uw antwoord]

U kunt antwoorden tot en met [answer_by].

{_SIGNED}

{_TALK_NOTICE}""",
    """[greeting]

Ik ben [recruiter] van [agency]. Ik zoek iemand als [vacancy] voor [client]. Ik vond u via [source]. Mogen wij \
daarover praten? Ik stuur niets van u door.

[note?]

Meer lezen, uw rechten en uw antwoord:
[link:consent]

Geen berichten meer:
[link:withdraw]""",
)

APPLIED = Words(
    "U koos [vacancy] bij [client]",
    f"""[greeting]

U koos de functie [vacancy] bij [client] ([place]). Dank u wel. Wij bekijken wat u ons op [found_on] stuurde, en ik \
neem daarover contact met u op.

[note?]

Mag ik u voorstellen aan [client]? Dat doe ik alleen als u uitdrukkelijk ja zegt. U ziet eerst precies wat [client] \
dan van u krijgt. U kunt ook nee zeggen, of eerst met mij praten. Voor alle drie is er één link:

[link:consent|Bekijk de vacature en geef uw antwoord]

U kunt antwoorden tot en met [answer_by]. Doet u niets, dan stuur ik niets door.

{_SIGNED}

{_APPROACH_NOTICE}""",
)

REVEALED = Words(
    "De opdrachtgever is [client]: mag ik u voorstellen?",
    f"""[greeting]

Zoals afgesproken: de opdrachtgever voor de functie [vacancy] is [client].

[note?]

Mag ik u voorstellen aan [client]? Dat doe ik alleen als u uitdrukkelijk ja zegt. U ziet eerst precies wat [client] \
dan van u krijgt. Nee zeggen of eerst verder praten kan ook.

[link:consent|Bekijk het voorstel en geef uw antwoord]

U kunt antwoorden tot en met [answer_by]. Een ja kunt u altijd weer intrekken, met één klik.

{_SIGNED}""",
    """[greeting]

De opdrachtgever voor [vacancy] is [client]. Mag ik u daar voorstellen? Alleen als u ja zegt.

[note?]

Lezen en antwoorden:
[link:consent]

Intrekken of stoppen:
[link:withdraw]""",
)

REMINDER = Words(
    "Nog één keer: [vacancy] bij [client]",
    f"""[greeting]

Op [asked_on] schreef ik u namens [client] over de functie [vacancy]. Misschien kwam het toen niet goed uit, daarom \
vraag ik het nog één keer. Dit is de enige herinnering: hierna schrijf ik u hier niet meer over.

[note?]

Wilt u laten weten of wij erover verder mogen? Ja, nee of eerst praten: de link is dezelfde als in mijn eerdere bericht.

[link:consent|Bekijk de vacature en geef uw antwoord]

U kunt antwoorden tot en met [answer_by]. Doet u niets, dan stuur ik niets door en wissen wij uw gegevens daarna. Wilt \
u geen berichten meer, gebruik dan de link ‘Stoppen’ onder dit bericht.

{_SIGNED}""",
    """[greeting]

Op [asked_on] schreef ik u namens [client] over [vacancy]. Dit is de enige herinnering.

[note?]

Ja, nee of eerst praten:
[link:consent]

Geen berichten meer:
[link:withdraw]""",
)

LETTER = Words(
    "[subject]",
    f"""[greeting]

[text]

{_SIGNED}""",
)

APPLICATION = Words(
    "Uw bericht is bij ons binnen: wat mogen wij ermee doen?",
    f"""[greeting]

Op [applied_on] schreef u aan [agency]. Dank u wel. Geen opdrachtgever ziet uw bericht of uw cv. U bepaalt wat wij \
ermee mogen doen, met één link: kies een vacature die openstaat, laat ons uw gegevens [pool_months] maanden bewaren \
om u voor andere vacatures te vragen, of laat alles nu wissen.

[link:consent|Kies wat wij mogen doen]

Doet u niets, dan wissen wij alles na [erase_on].

{_SIGNED}

# Wat wij met uw gegevens doen

- Wie: [legal_name], [postal_line], is verantwoordelijk. Vragen over privacy: [privacy_contact].
- Waarom: om met u te bezien wat wij met uw bericht mogen doen. Dat doen wij omdat u ons schreef, als stap op uw eigen \
verzoek (artikel 6 lid 1 onder b AVG). Alleen als u ja zegt bewaren wij uw gegevens om u voor andere vacatures te \
vragen, met uw toestemming (artikel 6 lid 1 onder a).
- Welke gegevens: uw naam, uw contactgegevens en wat in uw bericht en de bijlagen staat. U gaf ze zelf. U bent nergens \
toe verplicht; stuur ons geen gegevens over uw gezondheid, geloof, afkomst of privéleven.
- Wie ze zien: [recruiter] en collega’s bij [agency], en bedrijven die voor ons de mail en de opslag verzorgen. Geen \
opdrachtgever, tenzij u ja zegt voor die vacature en die opdrachtgever.
- Waar: onze mail gaat via SparkPost. Komen gegevens daarbij buiten de Europese Economische Ruimte, dan gelden de \
modelcontracten van de Europese Commissie; u kunt bij ons een kopie vragen.
- Hoe lang: zonder antwoord tot en met [erase_on]. Na een ja [pool_months] maanden, en voor het einde vragen wij het u \
nog één keer. Na een nee wissen wij ze binnen een dag.
- Uw rechten: u mag uw gegevens inzien, verbeteren, laten wissen, meenemen en het gebruik laten beperken. Een \
gegeven toestemming mag u altijd weer intrekken. Dat kan met de links onder dit bericht.
- Klacht: u kunt een klacht indienen bij de Autoriteit Persoonsgegevens.
- Mensen beslissen: er is geen geautomatiseerde besluitvorming en wij maken geen profielen.

> Bezwaar: u kunt op elk moment bezwaar maken tegen dit gebruik van uw gegevens. Wij stoppen dan meteen. Gebruik de \
link ‘Stoppen’ onder dit bericht of antwoord op deze mail.""",
)

POOL_ASK = Words(
    "Mogen wij u voor andere vacatures vragen?",
    f"""[greeting]

Wij hadden contact over een vacature. Ik wil uw gegevens graag [pool_months] maanden bewaren, om u te vragen of u \
belangstelling heeft voor een andere vacature. Mag dat?

Geen opdrachtgever ziet u op dit ja. Past een vacature bij u, dan vraag ik het u eerst, voor die vacature en die \
opdrachtgever.

[link:consent|Zeg ja of nee]

U kunt antwoorden tot en met [answer_by]. U mag nee zeggen of niets doen: dan wissen wij uw gegevens zoals \
afgesproken. Een ja kunt u altijd weer intrekken, net zo makkelijk als u het gaf:

[link:withdraw|Bewaar mij niet]

{_SIGNED}""",
)

RUNNER_UP_ASK = Words(
    "Mogen wij u achter de hand houden voor [vacancy]?",
    f"""[greeting]

De procedure voor [vacancy] bij [client] is afgerond met een andere kandidaat. Het kan gebeuren dat dit in de eerste \
maanden toch anders loopt. Daarom vraag ik u: mogen wij uw gegevens tot en met [kept_until] bewaren als reserve voor \
deze vacature?

Geen opdrachtgever ziet u op dit ja. Komt de plaats weer vrij, dan vraag ik u eerst of u nog belangstelling hebt.

[link:consent|Zeg ja of nee]

U kunt antwoorden tot en met [answer_by]. U mag nee zeggen of niets doen: dan wissen wij uw gegevens zoals \
afgesproken. Een ja kunt u altijd weer intrekken, net zo makkelijk als u het gaf:

[link:withdraw|Bewaar mij niet]

{_SIGNED}""",
)

POOL_AGAIN = Words(
    "Uw toestemming eindigt op [pool_until]. Mogen wij u langer vragen?",
    f"""[greeting]

U zei dat wij u tot en met [pool_until] voor andere vacatures mogen vragen. Mag dat nog [pool_months] maanden langer? \
Ik vraag het één keer.

Geen opdrachtgever ziet u op dit ja. Past een vacature bij u, dan vraag ik het u eerst, voor die vacature en die \
opdrachtgever.

[link:consent|Zeg ja of nee]

U kunt antwoorden tot en met [answer_by]. U mag nee zeggen of niets doen: dan eindigt uw toestemming op [pool_until] \
en wissen wij uw gegevens. Wilt u nu al stoppen, gebruik dan deze link:

[link:withdraw|Bewaar mij niet langer]

{_SIGNED}""",
)

WORDS: dict[str, Words] = {
    "application_received": APPLICATION,
    "pool_ask": POOL_ASK,
    "pool_again": POOL_AGAIN,
    "runner_up_ask": RUNNER_UP_ASK,
    "receipt_runner_up_yes": Words(
        "Wij houden u achter de hand tot en met [kept_until]",
        f"""[greeting]

Dank u wel. U zei dat wij uw gegevens tot en met [kept_until] mogen bewaren als reserve voor de vacature waarover wij \
u schreven. Geen opdrachtgever ziet u op dit ja: wij vragen het u eerst. Na die dag wissen wij uw gegevens vanzelf.

U kunt uw toestemming altijd intrekken, zonder reden. Dat gaat net zo snel als ja zeggen:

[link:withdraw|Toestemming intrekken]

{_SIGNED}""",
    ),
    "receipt_runner_up_no": Words(
        "Wij bewaren u niet als reserve",
        f"""[greeting]

Wij houden u niet achter de hand. Uw gegevens wissen wij op de dag die zonder deze vraag ook gold, of eerder als niets \
ze nog nodig heeft.

{_SIGNED}""",
    ),
    "receipt_pool_yes": Words(
        "Wij bewaren uw gegevens tot en met [pool_until]",
        f"""[greeting]

Dank u wel. U zei dat wij uw gegevens tot en met [pool_until] mogen bewaren om u voor andere vacatures te vragen. Geen \
opdrachtgever ziet u op dit ja: voor elke vacature vragen wij het u eerst. Voor die dag vragen wij het u nog één keer; \
zonder nieuw ja wissen wij uw gegevens.

U kunt uw toestemming altijd intrekken, zonder reden. Dat gaat net zo snel als ja zeggen:

[link:withdraw|Toestemming intrekken]

{_SIGNED}""",
    ),
    "receipt_pool_no": Words(
        "Wij bewaren u niet voor andere vacatures",
        f"""[greeting]

Wij vragen u niet voor andere vacatures. Uw gegevens wissen wij binnen een dag, tenzij een procedure ze nog nodig \
heeft of u eerder een latere dag met ons afsprak.

Wilt u nooit meer een bericht van ons, gebruik dan deze link:

[link:withdraw|Geen berichten meer]

{_SIGNED}""",
    ),
    "approach": APPROACH,
    "talk_invite": TALK_INVITE,
    "applied": APPLIED,
    "revealed": REVEALED,
    "reminder": REMINDER,
    "letter": LETTER,
    "receipt_yes": Words(
        "Uw ja is bij ons binnen",
        f"""[greeting]

Dank u wel. U heeft ja gezegd op de vraag van [recruiter]. Wij sturen alleen door wat op de pagina stond, en alleen \
aan de opdrachtgever die daar genoemd werd.

U kunt uw toestemming altijd intrekken, zonder reden. Dat gaat net zo snel als ja zeggen:

[link:withdraw|Toestemming intrekken]

Trekt u haar in, dan stopt het gebruik meteen en hoort de opdrachtgever dat ook.

{_SIGNED}""",
    ),
    "receipt_no": Words(
        "Uw nee is bij ons binnen",
        f"""[greeting]

U heeft nee gezegd. Dank u voor uw antwoord. Wij sturen niets door en benaderen u niet meer over deze functie.

Uw gegevens wissen wij. Wij onthouden alleen, onherkenbaar gemaakt, dat u hierover niet benaderd wilt worden.

Wilt u nooit meer een bericht van ons, gebruik dan deze link:

[link:withdraw|Geen berichten meer]

{_SIGNED}""",
    ),
    "receipt_talk": Words(
        "Wij praten eerst",
        f"""[greeting]

U wilt eerst praten. [recruiter] neemt contact met u op. Tot u ja zegt sturen wij niets van u door.

U bent nergens toe verplicht. Wat u ons vertelt gebruiken wij alleen voor deze ene vacature, en wij wissen het als \
de procedure voorbij is.

Bent u het al eens of oneens, dan werkt de link in het eerdere bericht nog.

{_SIGNED}""",
    ),
    "receipt_withdrawn": Words(
        "Wij zijn gestopt",
        f"""[greeting]

U heeft gevraagd om te stoppen. Dat is meteen gebeurd: wij gebruiken uw gegevens hiervoor niet meer, en wie ze van \
ons kreeg hoort dat ook en moet ze wissen.

Heeft u dit niet zelf gedaan, laat het ons dan weten: [privacy_contact].

{_SIGNED}""",
    ),
    "receipt_request": Words(
        "Uw verzoek is bij ons binnen",
        """[greeting]

Wij hebben uw verzoek over uw gegevens ontvangen. U krijgt zo snel mogelijk antwoord, en in ieder geval binnen een \
maand.

Uiterlijk op: [due_on?]

[link:request?|Bekijk uw verzoek]

Het kost u niets. Heeft u vragen, mail dan [privacy_contact].

Met vriendelijke groet,

[agency]""",
    ),
    "rights_answer_copy": Words(
        "De kopie van uw gegevens staat klaar",
        """[greeting]

U vroeg ons om uw gegevens. De kopie staat klaar: [copy_kind].

[link:copy|Open de kopie van uw gegevens]

De link werkt één keer, tot en met [until_on]. U heeft ook een code nodig: op de pagina achter de link staat hoe u die \
krijgt. Na die dag verwijderen wij de kopie.

In de kopie leest u ook waarom wij uw gegevens hebben, wie ze van ons kreeg, hoe lang wij ze bewaren en wat u kunt \
doen. Klopt er iets niet, of mist u iets? Mail [privacy_contact]. U kunt ook een klacht indienen bij de Autoriteit \
Persoonsgegevens, of naar de rechter gaan.

Heeft u hier niet om gevraagd? Open de link dan niet, en laat het ons weten.

Met vriendelijke groet,

[agency]""",
    ),
    "rights_answer_code": Words(
        "Uw code",
        """[greeting]

Met deze code opent u de kopie van uw gegevens:

[code]

De code werkt [minutes] minuten. Heeft u er niet om gevraagd? Dan probeerde iemand anders uw kopie te openen: laat het \
ons weten via [privacy_contact]. Niemand van ons bureau vraagt u ooit om deze code.

Met vriendelijke groet,

[agency]""",
    ),
    "restriction_lift": Words(
        "Wij gaan uw gegevens weer gebruiken",
        """[greeting]

Op uw verzoek gebruiken wij uw gegevens sinds [received_on] nergens voor: wij bewaren ze alleen. Wij gaan ze nu weer \
gebruiken.

Waarom: [reasons]

Bent u het er niet mee eens? Laat het ons weten via [privacy_contact], of maak bezwaar via de link onder dit bericht. \
U kunt ook een klacht indienen bij de Autoriteit Persoonsgegevens, of naar de rechter gaan.

Met vriendelijke groet,

[agency]""",
    ),
    "receipt_identity": Words(
        "Bent u het die dit vraagt? Uw code",
        """[greeting]

Wij kregen op uw naam dit verzoek: [asked_for]. Om zeker te weten dat het van u komt, opent u deze pagina en typt u de \
code [code].

[link:confirm|Typ de code in]

De code werkt twee weken. Meer vragen wij niet: geen paspoort, geen identiteitskaart, geen burgerservicenummer.

Bent u het niet? Dan hoeft u niets te doen en geven wij niets af. Laat het ons wel weten: [privacy_contact].

Met vriendelijke groet,

[agency]""",
    ),
    "receipt_question": Words(
        "Een vraag over uw verzoek",
        """[greeting]

U vroeg ons: [asked_for]. Voordat wij iets afgeven, moeten wij zeker weten wie dit vraagt.

Waarom wij twijfelen: [doubt]

Wat wij vragen: [asked]

Stuur geen kopie van uw paspoort of identiteitskaart, en geen burgerservicenummer. Tot uw antwoord kan de termijn \
stilstaan.

Zonder antwoord hoort u van ons uiterlijk op: [due_on?]

Vragen: [privacy_contact].

Met vriendelijke groet,

[agency]""",
    ),
    "rights_answer": Words(
        "Ons antwoord op uw verzoek",
        """[greeting]

Op [received_on] vroeg u ons: [asked_for]. Dit is ons antwoord.

[answer]

Klopt er iets niet, laat het ons weten: [privacy_contact]. U kunt ook een klacht indienen bij de Autoriteit \
Persoonsgegevens (autoriteitpersoonsgegevens.nl), of binnen zes weken na dit antwoord naar de rechtbank gaan.

Met vriendelijke groet,

[agency]""",
    ),
    "extension": Words(
        "Wij hebben langer nodig voor uw verzoek",
        """[greeting]

Op [received_on] vroeg u ons: [asked_for].

U zou ons antwoord krijgen uiterlijk op: [due_on?]

Wij hebben langer nodig, ten hoogste tot en met [new_due_on]. De wet staat dat toe, omdat dit geldt: [ground].

[reasons]

Kan het eerder, dan hoort u het eerder. Het kost u niets. Vragen: [privacy_contact]. Bent u het er niet mee eens, dan \
kunt u een klacht indienen bij de Autoriteit Persoonsgegevens (autoriteitpersoonsgegevens.nl).

Met vriendelijke groet,

[agency]""",
    ),
    "refusal": Words(
        "Wij kunnen niet doen wat u vroeg",
        """[greeting]

Op [received_on] vroeg u ons: [asked_for]. Dat doen wij niet, of niet helemaal.

Grond: [ground].

[reasons]

# Als u het er niet mee eens bent

- Laat het ons weten: [privacy_contact]. Wij kijken er opnieuw naar.
- U kunt een klacht indienen bij de Autoriteit Persoonsgegevens (autoriteitpersoonsgegevens.nl).
- U kunt binnen zes weken na deze brief de rechtbank vragen om te beslissen (artikel 35 UAVG).

Met vriendelijke groet,

[agency]""",
    ),
    "art19_request": Words(
        "Graag uw actie: gegevens die u van ons kreeg",
        """[greeting]

U kreeg van ons gegevens van iemand die wij aan u voorstelden.

U kreeg ze op: [got_on?]

[what_to_do]

Zorg dat iedereen aan wie u ze doorgaf hetzelfde doet (AVG artikel 19), en bevestig het in het portaal of door dit \
bericht te beantwoorden. Wie nog aan u is voorgesteld, ziet u hier:

[portal_address]

Met vriendelijke groet,

[agency]""",
    ),
    "introduced_client": Words(
        "Een kandidaat voor [vacancy]",
        f"""[greeting]

Voor de vacature [vacancy] stel ik iemand aan u voor. De kandidaat gaf daarvoor toestemming, voor u en voor deze \
vacature alleen. In het portaal leest u wie het is en kunt u reageren.

[link:portal|Open het portaal]

De link is persoonlijk en werkt één keer. Gebruik de gegevens alleen voor deze vacature en stuur ze niet door. De \
kandidaat kan de toestemming intrekken; u hoort dat dan meteen.

{_SIGNED}""",
    ),
    "withdrawn_client": Words(
        "Toestemming ingetrokken: wis de gegevens",
        """[greeting]

Iemand die wij aan u voorstelden heeft de toestemming ingetrokken. In het portaal staat deze persoon niet meer.

Wis alles wat u van deze persoon heeft, ook kopieën, mails en aantekeningen, en zorg dat ieder aan wie u het doorgaf \
dat ook doet (artikel 17 en 19 AVG). Neem geen contact meer op. Wie er nog wel aan u voorgesteld zijn, ziet u hier:

[portal_address]

Met vriendelijke groet,

[recruiter]
[agency]""",
    ),
    "portal_link": Words(
        "Uw link naar het portaal van [agency]",
        """[greeting]

Met deze link opent u het portaal. U ziet daar de kandidaten die wij aan u voorstelden en kunt erop reageren.

[link:portal|Open het portaal]

De link is persoonlijk en werkt één keer. Stuur hem niet door. Vraagt u hem niet zelf aan, dan hoeft u niets te doen.

Met vriendelijke groet,

[recruiter]
[agency]""",
    ),
    "certificate": Words(
        "U bent gewist",
        """[greeting]

Op [received_on] vroeg u ons om u te vergeten. Dat is gebeurd: wij hebben uw gegevens gewist en daarna gezocht of er \
nog iets van u over was.

[link:request|Bekijk het bewijs]

Op die pagina leest u waar gewist is, wie wij gevraagd hebben dat ook te doen, en tot wanneer er nog iets in \
reservekopieën kan staan. Uw naam en adres staan er niet in. Ook het adres waar dit bericht heen gaat wissen wij nu.

Bent u het er niet mee eens, laat het ons weten: [privacy_contact]. U kunt ook een klacht indienen bij de Autoriteit \
Persoonsgegevens (autoriteitpersoonsgegevens.nl), of binnen zes weken naar de rechtbank gaan.

Met vriendelijke groet,

[agency]""",
    ),
}
