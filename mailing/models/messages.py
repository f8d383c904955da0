"""The outbox: messages, the states they go through, and the guards they meet (I8, I10)."""

import uuid
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from mailing import ports
from mailing.ink import PATTERN
from mailing.kinds import ACCOUNT, ASKING_KINDS, NOTICE_KINDS, REMINDER
from mailing.models.templates import Language, TemplateVersion
from privacy.guards import Guard, no_identity_numbers, raise_sql, refuse
from privacy.models import Subject
from privacy.models.suppression import SUPPRESSION_LOCK

I8_SUPPRESSED = refuse("i8_suppressed", _("This person asked not to be contacted about this. No message can be sent."))
I8_RESTRICTED = refuse("i8_restricted", _("This person's data may not be used now. No message can be sent."))
I8_ERASED = refuse("i8_erased", _("This person was erased. No message can be sent."))
I8_UNCHECKED = refuse("i8_unchecked", _("It cannot be checked whether this address said stop. No message can be sent."))
I8_LEGAL_ACT = refuse(
    "i8_legal_act",
    _("An answer the law requires must name the request or act it answers and nothing of a vacancy."),
)
I8_FIXED = refuse("i8_addressee_fixed", _("What a message is and whom it goes to is fixed. Make a new one instead."))
ONE_REMINDER = refuse("one_reminder", _("This person has been reminded already. There is one reminder, not more."))
MAIL_BLANK = refuse("mail_blank", _("A message without words is never sent."))
I10_WORDS = refuse("i10_words_published", _("A message is made of published words only."))

# The closed list of messages that still reach somebody who said stop, because the law wants them sent.
LEGAL_KINDS = (
    "receipt",
    "rights_answer",
    "extension",
    "refusal",
    "restriction_lift",
    "art19",
    "breach_letter",
    "certificate",
)


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    INMAIL = "inmail", _("InMail")
    WHATSAPP = "whatsapp", _("WhatsApp")
    SMS = "sms", _("text message")
    PHONE = "phone", _("read aloud")
    OTHER = "other", _("another way")


class State(models.TextChoices):
    DRAFT = "draft", _("to copy")
    QUEUED = "queued", _("waiting to be sent")
    CLAIMED = "claimed", _("being sent")
    ACCEPTED = "accepted", _("sent")
    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("bounced")
    FAILED = "failed", _("failed")
    ABORTED = "aborted", _("not sent")
    NEEDS_PERSON = "needs_person", _("needs a person")


# The address itself is wrong, or its owner unsubscribed; any other bounce says nothing about the address.
HARD_BOUNCES = ("bounce_10", "bounce_30", "bounce_90")
# Messages that did not arrive, until somebody has dealt with them.
TROUBLED = (State.BOUNCED, State.FAILED, State.ABORTED, State.NEEDS_PERSON)


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> Self:
        """Queued messages whose moment has come, oldest first. Not to be updated: that would ask the marks alone."""
        now = timezone.now()
        # The mark finds; the message itself decides, for it may be locked and have changed since.
        queued = self.filter(state=State.QUEUED, mark__state=State.QUEUED)
        due = queued.filter(not_before__lte=now, mark__not_before__lte=now)
        return due.order_by("mark__not_before", "mark__pk")

    def marked(self, *states: State, **moments: Any) -> Self:
        """Messages in these states, any but accepted and delivered, found by their marks; `moments` as in a filter."""
        wanted = {"state__in": states, **moments}
        marks = Message._meta.get_field("mark").related_model._default_manager.filter(**wanted)
        return self.filter(pk__in=marks.values("pk"), **wanted)

    def about(self, kind: str, ids: list[uuid.UUID]) -> Self:
        return self.filter(about_kind=kind, about_id__in=ids)

    def visible_to(self, user: User) -> Self:
        """What is `counted_for` this user; messages to restricted people are the officer's."""
        rows = self.counted_for(user)
        return rows if user.role == Role.OFFICER else rows.filter(subject__restricted_at=None)

    def counted_for(self, user: User) -> Self:
        """Officers and administrators count all; a recruiter what they sent and what is about a vacancy of theirs.

        Only for numbers, which name nobody: they are read from an index alone.
        """
        if user.role in (Role.OFFICER, Role.ADMINISTRATOR):
            return self
        if user.role != Role.RECRUITER:
            return self.none()
        # As values: a subquery within an OR would have every message looked at.
        vacancies = list(ports.visible_vacancies(user))
        return self.filter(Q(sender=user) | Q(vacancy_ref__in=vacancies))

    def troubled(self) -> Self:
        """Messages that did not arrive and that nobody has dealt with."""
        return self.marked(*TROUBLED, handled_at=None)


UNCLAIMED = "('draft', 'queued', 'aborted')"


def _claim_guards() -> list[Guard]:
    """I8 at every way into the states in which a message leaves. The conditions spare what was checked before."""
    func = f"""
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        -- An older snapshot would miss a stop that was committed while this waited for the lock.
        {raise_sql(I8_UNCHECKED, "claims read what is committed now")}
    END IF;
    PERFORM pg_advisory_xact_lock_shared({SUPPRESSION_LOCK});
    IF NEW.kind IN ({", ".join(f"'{kind}'" for kind in LEGAL_KINDS)}) THEN
        -- The acts lie on upper floors; here they are only looked up.
        IF NOT (CASE NEW.act_kind
            WHEN 'data_request' THEN EXISTS (
                SELECT 1 FROM public.privacy_datarequest d WHERE d.id = NEW.act_id
                  AND (d.subject_id IS NULL OR d.subject_id = NEW.subject_id))
            WHEN 'telling' THEN NEW.kind = 'art19' AND EXISTS (
                SELECT 1 FROM public.privacy_telling t WHERE t.id = NEW.act_id AND t.party_id = NEW.subject_id)
            WHEN 'consent_request' THEN EXISTS (
                SELECT 1 FROM public.consent_consentrequest r
                JOIN public.consent_consentevent e ON e.request_id = r.id AND e.link_id IS NOT NULL
                WHERE r.id = NEW.act_id AND (r.subject_id = NEW.subject_id OR NEW.kind = 'art19'))
            WHEN 'introduction' THEN NEW.kind = 'art19' AND EXISTS (
                SELECT 1 FROM public.introductions_introduction i
                JOIN public.introductions_recipient p ON p.introduction_id = i.id
                JOIN public.vacancies_clientcontact c ON c.id = p.contact_id
                WHERE i.id = NEW.act_id AND c.subject_id = NEW.subject_id)
            ELSE false END)
           OR EXISTS (
            SELECT 1 FROM public.mailing_templateversion t WHERE t.id = NEW.template_id
              AND t.kind <> NEW.kind AND NOT starts_with(t.kind, NEW.kind || '_')
              AND NOT (NEW.kind = 'art19' AND starts_with(t.kind, 'withdrawn_'))) THEN
            {raise_sql(I8_LEGAL_ACT, "no such act, or other words")}
        END IF;
        RETURN NEW;
    END IF;
    IF cardinality(NEW.recipient_hmacs) = 0 THEN
        {raise_sql(I8_UNCHECKED, "no keyed hash to compare")}
    END IF;
    SELECT s.erased_at, s.restricted_at INTO person FROM public.privacy_subject s
        WHERE s.id = NEW.subject_id FOR SHARE;
    IF person.erased_at IS NOT NULL THEN {raise_sql(I8_ERASED, "the person was erased")} END IF;
    IF person.restricted_at IS NOT NULL THEN
        {raise_sql(I8_RESTRICTED, "the person is restricted")}
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.privacy_suppressionentry e
        WHERE e.hash = ANY (NEW.recipient_hmacs)
          AND (e.scope = 'all' OR (e.scope = 'vacancy' AND e.vacancy_ref = NEW.vacancy_ref)
               OR (e.scope = 'client' AND e.client_ref = NEW.client_ref))
          AND NOT EXISTS (SELECT 1 FROM public.privacy_suppressionlift l WHERE l.entry_id = e.id)
    ) THEN
        {raise_sql(I8_SUPPRESSED, "the address is suppressed")}
    END IF;
    RETURN NEW;
"""
    reclaimed = "NEW.state = 'claimed' AND (OLD.state <> 'claimed' OR NEW.attempts <> OLD.attempts)"
    ways = {
        "i8_claim_new": (pgtrigger.Insert, f"NEW.state NOT IN {UNCLAIMED}"),
        "i8_claim": (pgtrigger.Update, f"NEW.state NOT IN {UNCLAIMED} AND (OLD.state IN {UNCLAIMED} OR {reclaimed})"),
    }
    return [
        Guard(
            name=name,
            when=pgtrigger.Before,
            operation=operation,
            condition=pgtrigger.Condition(condition),
            declare=[("person", "record")],
            func=func,
        )
        for name, (operation, condition) in ways.items()
    ]


# Of these no mark is held: they were sent, and what happens to them then is the common case.
UNMARKED = "('accepted', 'delivered')"
_MARKED = ("state", "created_at", "not_before", "claimed_at", "handled_at")


def _mark_guards() -> list[Guard]:
    """Each way into, within and out of what `MessageMark` holds takes the mark along, whoever writes."""
    rows = ("", "OLD.", "NEW.", "EXCLUDED.")
    columns, old, new, given = (", ".join(f"{row}{name}" for name in _MARKED) for row in rows)
    insert = f"""
            INSERT INTO public.mailing_messagemark (message_id, {columns}) VALUES (NEW.id, {new})
            ON CONFLICT (message_id) DO UPDATE SET ({columns}) = ROW({given});
    """
    # There mostly is one, and an insert that meets it would have the mark's own guard look twice.
    write = f"""
        IF NEW.state IN {UNMARKED} THEN
            DELETE FROM public.mailing_messagemark WHERE message_id = NEW.id;
            RETURN NULL;
        END IF;
        UPDATE public.mailing_messagemark SET ({columns}) = ROW({new}) WHERE message_id = NEW.id;
        IF NOT FOUND THEN {insert} END IF;
        RETURN NULL;
    """
    moved = f"NOT (OLD.state IN {UNMARKED} AND NEW.state IN {UNMARKED}) AND ROW({old}) IS DISTINCT FROM ROW({new})"
    gone = "DELETE FROM public.mailing_messagemark WHERE message_id = OLD.id; RETURN NULL;"
    return [
        Guard(name=name, when=pgtrigger.After, operation=operation, condition=pgtrigger.Condition(condition), func=func)
        for name, operation, condition, func in (
            ("mark_new", pgtrigger.Insert, f"NEW.state NOT IN {UNMARKED}", f"{insert} RETURN NULL;"),
            ("mark", pgtrigger.Update, moved, write),
            ("mark_gone", pgtrigger.Delete, f"OLD.state NOT IN {UNMARKED}", gone),
        )
    ]


# What a message is and whom it goes to: the claim compares stored hashes with the stops, so neither they nor what they
# stand for may move. Only erasure empties an address, and only of what has left.
_MOVED = """
    ROW(OLD.id, OLD.kind, OLD.channel, OLD.subject_id, OLD.vacancy_ref, OLD.client_ref, OLD.act_kind, OLD.act_id,
        OLD.template_id)
    IS DISTINCT FROM
    ROW(NEW.id, NEW.kind, NEW.channel, NEW.subject_id, NEW.vacancy_ref, NEW.client_ref, NEW.act_kind, NEW.act_id,
        NEW.template_id)
    OR (NEW.to_email = OLD.to_email AND NEW.recipient_hmacs @> OLD.recipient_hmacs
        OR NEW.state NOT IN ('draft', 'queued', 'claimed') AND NEW.to_email IN (OLD.to_email, '')
           AND NEW.recipient_hmacs IN (OLD.recipient_hmacs, '{}')) IS NOT TRUE
"""


class Message(models.Model):
    """One message to one person: a row before it is mail. The unique `key` makes queueing it twice impossible."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(_("key"), max_length=120)
    kind = models.CharField(_("kind"), max_length=30)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    template = models.ForeignKey(
        TemplateVersion,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("words"),
    )
    subject = models.ForeignKey(
        Subject,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # message_subject does that
        related_name="messages",
        verbose_name=_("person"),
    )
    about_kind = models.CharField(_("about"), max_length=30, blank=True)
    about_id = models.UUIDField(_("about which"), null=True, blank=True)
    vacancy_ref = models.UUIDField(_("vacancy"), null=True, blank=True)
    client_ref = models.UUIDField(_("client"), null=True, blank=True)
    act_kind = models.CharField(_("act it answers"), max_length=30, blank=True)
    act_id = models.UUIDField(_("which act"), null=True, blank=True)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sender"),
    )
    to_email = models.CharField(_("address"), max_length=254, blank=True)
    to_name = models.CharField(_("addressee"), max_length=200, blank=True)
    recipient_hmacs = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    subject_line = models.CharField(_("subject"), max_length=300, blank=True)
    body_text = models.TextField(_("text"), blank=True)
    body_html = models.TextField(_("formatted text"), blank=True)
    track = models.BooleanField(_("opens and clicks are followed"), default=False)
    state = models.CharField(_("state"), max_length=15, choices=State, default=State.QUEUED)
    reason = models.CharField(_("reason code"), max_length=60, blank=True)
    # Set while it is claimed: nothing can call it back from a worker, but it isn't queued again.
    stop_reason = models.CharField(
        _("why it is not queued again"), max_length=60, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    accepted_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    # A machine fetched it before or instead of the reader; it says nothing about the reader.
    prefetched_at = models.DateTimeField(_("first fetched by a machine"), null=True, blank=True)
    opened_at = models.DateTimeField(_("first opened"), null=True, blank=True)
    clicked_at = models.DateTimeField(_("first clicked"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    complained_at = models.DateTimeField(_("marked as spam"), null=True, blank=True)
    failed_at = models.DateTimeField(_("did not arrive"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    transmission_id = models.CharField(_("transmission"), max_length=40, blank=True)
    provider_message_id = models.CharField(_("provider's message id"), max_length=80, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            # No column that changes once a message was sent stands in any of these: see `MessageMark`.
            models.Index(fields=["subject", "created_at"], name="message_subject"),
            models.Index(fields=["about_kind", "about_id"], name="message_about"),
            models.Index("created_at", "id", name="message_newest"),
            models.Index(fields=["vacancy_ref", "created_at"], name="message_vacancy"),
            # What was sent of late, and mail health.
            models.Index(
                fields=["accepted_at"],
                name="message_sent",
                condition=Q(accepted_at__isnull=False, channel="email") & ~Q(kind=ACCOUNT),
            ),
            models.Index(fields=["transmission_id"], name="message_transmission", condition=~Q(transmission_id="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="message_key_once"),
            models.CheckConstraint(
                name=I8_LEGAL_ACT,
                condition=~Q(kind__in=LEGAL_KINDS) | Q(act_id__isnull=False, vacancy_ref=None, client_ref=None),
            ),
            models.CheckConstraint(name="message_state_known", condition=Q(state__in=State.values)),
            # What was sent may be erased; what still has to leave says something.
            models.CheckConstraint(
                name=MAIL_BLANK,
                condition=~Q(state__in=["draft", "queued", "claimed"])
                | Q(body_text__regex=PATTERN) & (~Q(channel="email") | Q(subject_line__regex=PATTERN)),
            ),
        ]
        triggers = [
            no_identity_numbers("subject_line", "body_text", "body_html"),
            *_claim_guards(),
            *_mark_guards(),
            Guard(
                name="i8_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(_MOVED),
                func=raise_sql(I8_FIXED, "kind, words and addressee stay"),
            ),
            Guard(
                name="one_reminder",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition(f"NEW.kind = '{REMINDER}'"),
                # One per question (Tw 11.7). A text never sent and a mail called back in time were none.
                func=f"""
                    IF NEW.about_kind <> 'consent_request' OR NEW.about_id IS NULL
                       OR TG_OP = 'UPDATE' AND NEW.about_id IS DISTINCT FROM OLD.about_id THEN
                        {raise_sql(ONE_REMINDER, "a reminder stays with its question")}
                    END IF;
                    IF NEW.state IN ('draft', 'aborted')
                       OR TG_OP = 'UPDATE' AND OLD.state NOT IN ('draft', 'aborted') THEN
                        RETURN NEW;
                    END IF;
                    IF current_setting('transaction_isolation') <> 'read committed' THEN
                        -- An older snapshot would miss the other one, committed while this waited for the lock.
                        {raise_sql(ONE_REMINDER, "reminders read what is committed now")}
                    END IF;
                    PERFORM pg_advisory_xact_lock(hashtextextended('{REMINDER}:' || NEW.about_id, 0));
                    IF EXISTS (
                        SELECT 1 FROM public.mailing_message m
                        WHERE m.about_kind = 'consent_request' AND m.about_id = NEW.about_id AND m.kind = '{REMINDER}'
                          AND m.id <> NEW.id AND (m.state NOT IN ('draft', 'aborted') OR m.accepted_at IS NOT NULL)
                    ) THEN
                        {raise_sql(ONE_REMINDER, "reminded already")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="i10_words",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.template_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.mailing_templateversion t
                        WHERE t.id = NEW.template_id AND t.published_at IS NOT NULL) THEN
                        {raise_sql(I10_WORDS, "the words are not published")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_notice(self) -> bool:
        """Whether its words are the notice of GDPR art. 14."""
        return self.template is not None and self.template.kind in NOTICE_KINDS

    @property
    def bounced_for_good(self) -> bool:
        """Whether it came back because of the address itself."""
        return self.state == State.BOUNCED and self.reason in HARD_BOUNCES

    @property
    def asks(self) -> bool:
        """Whether it asks the person for consent."""
        return self.template is not None and self.template.kind in ASKING_KINDS


class Unfollowed(models.Model):
    """This person does not want it measured whether mail is opened or clicked (Tw 11.7a)."""

    subject = models.OneToOneField(Subject, models.CASCADE, related_name="unfollowed", verbose_name=_("person"))
    at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("person whose mail is not followed")
        verbose_name_plural = _("people whose mail is not followed")

    def __str__(self) -> str:
        return str(self.subject_id)
