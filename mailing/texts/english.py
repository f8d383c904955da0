"""The English texts."""

from mailing.texts.words import Words

_NOTICE = """# What we do with your data

- Who: [legal_name], [postal_line], is the controller. Questions about privacy: [privacy_contact].
- Why: to ask whether you are interested in this one vacancy. We and our client have a legitimate interest in \
finding suitable people for this job (GDPR article 6(1)(f)). Before we introduce you to the client we ask for your \
consent.
- Which data: your name, job, employer, career and contact details. We do not look for data about your health, \
beliefs, origin or private life.
- Source: [source], on [found_on].
- {recipients}
- Where: our mail goes through SparkPost. Should data leave the European Economic Area, the standard contractual \
clauses of the European Commission apply; you may ask us for a copy.
- How long: without an answer we erase your data [retention_days] days after this message. If you say no, we erase \
them too. We then only remember, made unrecognisable, that you do not want to be contacted.
- Your rights: you may access, correct, erase and take along your data, and have their use restricted. You may \
always withdraw a consent you gave. The links below this message do that.
- Complaint: you may complain to the Dutch data protection authority (Autoriteit Persoonsgegevens).
- People decide: there is no automated decision-making and we make no profiles.
- [proof?]
- [tracking?]

> Objection: you may object to this use of your data at any time. We then stop at once. Use the link ‘Stop’ below \
this message or reply to this mail."""

_APPROACH_NOTICE = _NOTICE.format(
    recipients="Who sees them: [recruiter] and colleagues at [agency] who work on this vacancy, and companies that "
    "handle mail and storage for us. [client] only sees them after your yes."
)
_TALK_NOTICE = _NOTICE.format(
    recipients="Who sees them: [recruiter] and colleagues at [agency] who work on this vacancy, and companies that "
    "handle mail and storage for us. The client ([client]) only sees them once you know who it is and say yes."
)

_SIGNED = """Kind regards,

[recruiter]
[recruiter_title?]
[agency]
[recruiter_phone?]"""

APPROACH = Words(
    "[vacancy] at [client]: may I introduce you?",
    f"""[greeting]

I am [recruiter], a recruiter at [agency]. For [client] we are looking for someone for the job of [vacancy] \
([place]). I think your experience fits. I found your details on [found_on] through [source].

[note?]

May I introduce you to [client]? I will only do so if you explicitly say yes. You first see exactly what [client] \
would get from you. You can also say no, or talk to me first. One link does all three:

[link:consent|See the vacancy and give your answer]

You can answer until [answer_by]. If you do nothing, I send nothing on.

{_SIGNED}

{_APPROACH_NOTICE}""",
    """[greeting]

I am [recruiter] of [agency]. For [client] I am looking for a [vacancy]. I found you through [source]. May I \
introduce you? Only if you say yes.

[note?]

Vacancy, your rights and your answer (yes, no or talk first):
[link:consent]

No more messages:
[link:withdraw]""",
)

TALK_INVITE = Words(
    "May I talk to you about a job: [vacancy]?",
    f"""[greeting]

I am [recruiter], a recruiter at [agency]. I am looking for someone for the job of [vacancy] ([place]). The client \
does not want to be named yet: it is [client]. I think your experience fits. I found your details on [found_on] \
through [source].

[note?]

I ask you one thing only: may we talk about it? I send nothing of yours on. When we talk you hear who the client is, \
and only then do I ask whether I may introduce you. You can say yes or no with this link:

[link:consent|Read more and give your answer]

You can answer until [answer_by].

{_SIGNED}

{_TALK_NOTICE}""",
    """[greeting]

I am [recruiter] of [agency]. I am looking for a [vacancy] for [client]. I found you through [source]. May we talk \
about it? I send nothing of yours on.

[note?]

Read more, your rights and your answer:
[link:consent]

No more messages:
[link:withdraw]""",
)

APPLIED = Words(
    "You chose [vacancy] at [client]",
    f"""[greeting]

You chose the job of [vacancy] at [client] ([place]). Thank you. We look at what you sent us on [found_on], and I \
contact you about it.

[note?]

May I introduce you to [client]? I will only do so if you explicitly say yes. You first see exactly what [client] \
would get from you. You can also say no, or talk to me first. One link does all three:

[link:consent|See the vacancy and give your answer]

You can answer until [answer_by]. If you do nothing, I send nothing on.

{_SIGNED}

{_APPROACH_NOTICE}""",
)

REVEALED = Words(
    "The client is [client]: may I introduce you?",
    f"""[greeting]

As agreed: the client for the job of [vacancy] is [client].

[note?]

May I introduce you to [client]? I will only do so if you explicitly say yes. You first see exactly what [client] \
would get from you. Saying no, or talking on first, is fine too.

[link:consent|See the proposal and give your answer]

You can answer until [answer_by]. You can always take a yes back, with one click.

{_SIGNED}""",
    """[greeting]

The client for [vacancy] is [client]. May I introduce you there? Only if you say yes.

[note?]

Read and answer:
[link:consent]

Withdraw or stop:
[link:withdraw]""",
)

REMINDER = Words(
    "Once more: [vacancy] at [client]",
    f"""[greeting]

On [asked_on] I wrote to you for [client] about the job of [vacancy]. It may not have been a good moment, so I ask \
once more. This is the only reminder: after this I will not write to you about it again.

[note?]

Would you let me know whether we may go on? Yes, no or talk first: the link is the same as in my earlier message.

[link:consent|See the vacancy and give your answer]

You can answer until [answer_by]. If you do nothing, I send nothing on and we erase your data afterwards. If you want \
no more messages, use the link ‘Stop’ below this message.

{_SIGNED}""",
    """[greeting]

On [asked_on] I wrote to you for [client] about [vacancy]. This is the only reminder.

[note?]

Yes, no or talk first:
[link:consent]

No more messages:
[link:withdraw]""",
)

LETTER = Words(
    "[subject]",
    f"""[greeting]

[text]

{_SIGNED}""",
)

APPLICATION = Words(
    "We received your message: what may we do with it?",
    f"""[greeting]

On [applied_on] you wrote to [agency]. Thank you. No client sees your message or your CV. You decide what we may do \
with them, with one link: choose a vacancy that is open, let us keep your data for [pool_months] months to ask you \
for other vacancies, or have everything deleted now.

[link:consent|Choose what we may do]

If you do nothing, we erase everything after [erase_on].

{_SIGNED}

# What we do with your data

- Who: [legal_name], [postal_line], is the controller. Questions about privacy: [privacy_contact].
- Why: to see with you what we may do with your message. We do that because you wrote to us, as a step at your own \
request (GDPR article 6(1)(b)). Only if you say yes do we keep your data to ask you for other vacancies, with your \
consent (article 6(1)(a)).
- Which data: your name, your contact details and what stands in your message and its files. You gave them yourself. \
You are not obliged to tell us anything; do not send us data about your health, beliefs, origin or private life.
- Who sees them: [recruiter] and colleagues at [agency], and companies that handle mail and storage for us. No client, \
unless you say yes for that vacancy and that client.
- Where: our mail goes through SparkPost. Should data leave the European Economic Area, the standard contractual \
clauses of the European Commission apply; you may ask us for a copy.
- How long: without an answer until [erase_on]. After a yes for [pool_months] months, and before they end we ask you \
once more. After a no we erase them within a day.
- Your rights: you may access, correct, erase and take along your data, and have their use restricted. You may \
always withdraw a consent you gave. The links below this message do that.
- Complaint: you may complain to the Dutch data protection authority (Autoriteit Persoonsgegevens).
- People decide: there is no automated decision-making and we make no profiles.

> Objection: you may object to this use of your data at any time. We then stop at once. Use the link ‘Stop’ below \
this message or reply to this mail.""",
)

POOL_ASK = Words(
    "May we ask you for other vacancies?",
    f"""[greeting]

We were in touch about a vacancy. I would like to keep your data for [pool_months] months, to ask you whether another \
vacancy interests you. May I?

No client sees you on this yes. If a vacancy fits you, I ask you first, for that vacancy and that client.

[link:consent|Say yes or no]

You can answer until [answer_by]. You may say no or do nothing: then we erase your data as agreed. You can take back a \
yes at any time, as easily as you gave it:

[link:withdraw|Do not keep me]

{_SIGNED}""",
)

RUNNER_UP_ASK = Words(
    "May we keep you in reserve for [vacancy]?",
    f"""[greeting]

The procedure for [vacancy] at [client] ended with another candidate. In the first months it may still turn out \
differently. So I ask you: may we keep your data until [kept_until], as runner-up for this vacancy?

No client sees you on this yes. If the place becomes free again, I first ask you whether you are still interested.

[link:consent|Say yes or no]

You can answer until [answer_by]. You may say no or do nothing: then we erase your data as agreed. You can take back a \
yes at any time, as easily as you gave it:

[link:withdraw|Do not keep me]

{_SIGNED}""",
)

POOL_AGAIN = Words(
    "Your consent ends on [pool_until]. May we ask you for longer?",
    f"""[greeting]

You said that we may ask you for other vacancies until [pool_until]. May that go on for [pool_months] months more? I \
ask this once.

No client sees you on this yes. If a vacancy fits you, I ask you first, for that vacancy and that client.

[link:consent|Say yes or no]

You can answer until [answer_by]. You may say no or do nothing: then your consent ends on [pool_until] and we erase \
your data. If you want to stop now, use this link:

[link:withdraw|Do not keep me any longer]

{_SIGNED}""",
)

WORDS: dict[str, Words] = {
    "application_received": APPLICATION,
    "pool_ask": POOL_ASK,
    "pool_again": POOL_AGAIN,
    "runner_up_ask": RUNNER_UP_ASK,
    "receipt_runner_up_yes": Words(
        "We keep you in reserve until [kept_until]",
        f"""[greeting]

Thank you. You said that we may keep your data until [kept_until], as runner-up for the vacancy we wrote to you about. \
No client sees you on this yes: we ask you first. After that day we erase your data by ourselves.

You can always withdraw your consent, without a reason. It is as quick as saying yes:

[link:withdraw|Withdraw consent]

{_SIGNED}""",
    ),
    "receipt_runner_up_no": Words(
        "We do not keep you in reserve",
        f"""[greeting]

We do not keep you as runner-up. We erase your data on the day that would have held without this question, or sooner \
where nothing needs them any more.

{_SIGNED}""",
    ),
    "receipt_pool_yes": Words(
        "We keep your data until [pool_until]",
        f"""[greeting]

Thank you. You said that we may keep your data until [pool_until] to ask you for other vacancies. No client sees you \
on this yes: for each vacancy we ask you first. Before that day we ask you once more; without a new yes we erase your \
data.

You can always withdraw your consent, without a reason. It is as quick as saying yes:

[link:withdraw|Withdraw consent]

{_SIGNED}""",
    ),
    "receipt_pool_no": Words(
        "We do not keep you for other vacancies",
        f"""[greeting]

We do not ask you for other vacancies. We erase your data within a day, unless a procedure still needs them or you \
agreed before on a later day.

If you never want a message from us again, use this link:

[link:withdraw|No more messages]

{_SIGNED}""",
    ),
    "approach": APPROACH,
    "talk_invite": TALK_INVITE,
    "applied": APPLIED,
    "revealed": REVEALED,
    "reminder": REMINDER,
    "letter": LETTER,
    "receipt_yes": Words(
        "We received your yes",
        f"""[greeting]

Thank you. You said yes to the question of [recruiter]. We only send on what the page listed, and only to the client \
it named.

You can always withdraw your consent, without a reason. It is as quick as saying yes:

[link:withdraw|Withdraw consent]

If you do, the use stops at once and the client is told as well.

{_SIGNED}""",
    ),
    "receipt_no": Words(
        "We received your no",
        f"""[greeting]

You said no. Thank you for your answer. We send nothing on and will not contact you about this job again.

We erase your data. We only remember, made unrecognisable, that you do not want to be contacted about this.

If you never want a message from us again, use this link:

[link:withdraw|No more messages]

{_SIGNED}""",
    ),
    "receipt_talk": Words(
        "We talk first",
        f"""[greeting]

You want to talk first. [recruiter] will contact you. Until you say yes we send nothing of yours on.

You are not obliged to tell us anything. What you tell us is used for this one vacancy alone, and we erase it when \
the procedure is over.

If you have made up your mind, the link in the earlier message still works.

{_SIGNED}""",
    ),
    "receipt_withdrawn": Words(
        "We have stopped",
        f"""[greeting]

You asked us to stop. That happened at once: we no longer use your data for this, and whoever got them from us is \
told so and must erase them.

If this was not you, please tell us: [privacy_contact].

{_SIGNED}""",
    ),
    "receipt_request": Words(
        "We received your request",
        """[greeting]

We received your request about your data. You get an answer as soon as possible, and within a month in any case.

At the latest on: [due_on?]

[link:request?|See your request]

It costs you nothing. If you have questions, mail [privacy_contact].

Kind regards,

[agency]""",
    ),
    "rights_answer_copy": Words(
        "The copy of your data is ready",
        """[greeting]

You asked us for your data. The copy is ready: [copy_kind].

[link:copy|Open the copy of your data]

The link works once, until [until_on]. To open it you also need a code: the page behind the link says how you get it. \
After that day we delete the copy.

In the copy you also read why we have your data, to whom they went, how long we keep them and what you can do. Is \
something not right, or do you miss something? Mail [privacy_contact]. You may also complain to the Dutch data \
protection authority (Autoriteit Persoonsgegevens), or go to court.

Did you not ask for this? Then do not open the link, and tell us.

Kind regards,

[agency]""",
    ),
    "rights_answer_code": Words(
        "Your code",
        """[greeting]

With this code you open the copy of your data:

[code]

The code works for [minutes] minutes. Did you not ask for it? Then somebody else tried to open your copy: tell us at \
[privacy_contact]. Nobody from our agency will ever ask you for this code.

Kind regards,

[agency]""",
    ),
    "restriction_lift": Words(
        "We are going to use your data again",
        """[greeting]

At your request we have used your data for nothing since [received_on]: we only kept them. We are now going to \
use them again.

Why: [reasons]

Do you not agree? Tell us at [privacy_contact], or object through the link below this message. You may also complain \
to the Dutch data protection authority (Autoriteit Persoonsgegevens), or go to court.

Kind regards,

[agency]""",
    ),
    "receipt_identity": Words(
        "Is it you who asked? Your code",
        """[greeting]

We received a request in your name: [asked_for]. To be sure that it came from you, open this page and type the code \
[code].

[link:confirm|Type the code]

The code works for two weeks. We ask nothing more: no passport, no identity card, no citizen service number.

Was it not you? Then you need not do anything, and nothing is handed over. Do tell us: [privacy_contact].

Kind regards,

[agency]""",
    ),
    "receipt_question": Words(
        "A question about your request",
        """[greeting]

You asked us: [asked_for]. Before we hand anything over we have to be sure who asks.

Why we doubt: [doubt]

What we ask: [asked]

Please do not send a copy of your passport or identity card, and no citizen service number. Until your answer the \
term may stand still.

Without it you hear from us at the latest on: [due_on?]

Questions: [privacy_contact].

Kind regards,

[agency]""",
    ),
    "rights_answer": Words(
        "Our answer to your request",
        """[greeting]

On [received_on] you asked us: [asked_for]. This is our answer.

[answer]

If something in it is not right, tell us: [privacy_contact]. You may also complain to the Dutch data protection \
authority (Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.nl), or go to the district court within six weeks \
after this answer.

Kind regards,

[agency]""",
    ),
    "extension": Words(
        "We need longer for your request",
        """[greeting]

On [received_on] you asked us: [asked_for].

Our answer was due at the latest on: [due_on?]

We need longer, at most until the end of [new_due_on]. The law allows that because [ground].

[reasons]

You get the answer sooner if we can. It costs you nothing. Questions: [privacy_contact]. If you do not agree, you may \
complain to the Dutch data protection authority (Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.nl).

Kind regards,

[agency]""",
    ),
    "refusal": Words(
        "We cannot do what you asked",
        """[greeting]

On [received_on] you asked us: [asked_for]. We do not do this, or not wholly.

Ground: [ground].

[reasons]

# If you do not agree

- Tell us: [privacy_contact]. We look at it again.
- You may complain to the Dutch data protection authority (Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.nl).
- You may ask the district court to decide, within six weeks after this letter (article 35 UAVG).

Kind regards,

[agency]""",
    ),
    "art19_request": Words(
        "Please act: data you got from us",
        """[greeting]

You got data from us about somebody we introduced to you.

You got them on: [got_on?]

[what_to_do]

See that everybody you passed them on to does the same (GDPR article 19), and confirm it in the portal or by answering \
this message. Who is still introduced to you, you see here:

[portal_address]

Kind regards,

[agency]""",
    ),
    "introduced_client": Words(
        "A candidate for [vacancy]",
        f"""[greeting]

For the vacancy [vacancy] I introduce somebody to you. The candidate consented to this, for you and for this vacancy \
only. In the portal you read who it is and can respond.

[link:portal|Open the portal]

The link is personal and works once. Use the data for this vacancy only and do not pass them on. The candidate may \
withdraw consent; you will then hear at once.

{_SIGNED}""",
    ),
    "withdrawn_client": Words(
        "Consent withdrawn: erase the data",
        """[greeting]

Somebody we introduced to you has withdrawn consent. The portal no longer shows this person.

Erase everything you hold about this person, copies, mails and notes included, and see that everybody you passed it \
on to does the same (GDPR articles 17 and 19). Do not contact the person any more. Who is still introduced to you, \
you see here:

[portal_address]

Kind regards,

[recruiter]
[agency]""",
    ),
    "portal_link": Words(
        "Your link to the portal of [agency]",
        """[greeting]

This link opens the portal. There you see the candidates we introduced to you and can respond.

[link:portal|Open the portal]

The link is personal and works once. Do not pass it on. If you did not ask for it, you need not do anything.

Kind regards,

[recruiter]
[agency]""",
    ),
    "certificate": Words(
        "You have been erased",
        """[greeting]

On [received_on] you asked us to forget you. That is done: we erased your data and then searched whether anything of \
you was left.

[link:request|See the proof]

On that page you read where was erased, whom we asked to do the same, and until when something may stand in backups. \
Your name and address are not in it. The address this message goes to is erased now as well.

If you do not agree, tell us: [privacy_contact]. You may also complain to the Dutch data protection authority \
(Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.nl), or go to the district court within six weeks.

Kind regards,

[agency]""",
    ),
}
