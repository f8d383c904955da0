"""I10: a consent text, notice or template version, once published, never changes; what carried it points to it."""

import pytest

from mailing.texts import DEFAULTS
from tests.attack.support import assert_refused, attack, by_role
from watson.roles import APP

PUBLISHED = "i10_published"
VERSIONS = [
    # model, row in the scene, its words, the moment that freezes it, what a TRUNCATE would pass through
    (
        "consent.ConsentText",
        "text",
        "question_nl",
        "published_at",
        ("consent.ConsentRequest:no_truncate", "consent.ConsentEvent:no_truncate", "consent.LegalBasis:no_truncate"),
    ),
    ("mailing.TemplateVersion", "template", "short", "published_at", ()),
    (
        "privacy.LegitimateInterestAssessment",
        "assessment",
        "balance",
        "approved_at",
        ("consent.LegalBasis:no_truncate", "privacy.ProofRule:no_truncate"),
    ),
    ("privacy.ImpactAssessment", "dpia", "title", "approved_at", ()),
]


def columns(run, table):
    run(f"SELECT * FROM {table} LIMIT 0")
    return [column.name for column in run.cursor.description]


def freeze(model, row, words, moment, truncates):
    table, short = model.lower().replace(".", "_"), model.partition(".")[2].lower()

    def changed(name, change, guard="frozen"):
        @attack("I10", rule=PUBLISHED, guard=f"{model}:{guard}", name=f"{name}-{short}")
        def try_it(scene, run):
            run(f"UPDATE {table} SET {change} WHERE id = %s", getattr(scene, row))

    changed("reword", f"{words} = 'other words'")

    @attack("I10", rule=PUBLISHED, guard=f"{model}:frozen", name=f"swap-two-{short}")
    def swap(scene, run):
        other = run.clone(table, getattr(scene, row), **({"version": 99} if "version" in columns(run, table) else {}))
        run.swap(table, other, getattr(scene, row))

    @attack("I10", rule=PUBLISHED, guard=f"{model}:frozen", name=f"take-back-{short}")
    def take_back(scene, run):
        gone = f"{moment} = NULL" + (", approved_by_id = NULL, review_on = NULL" if moment == "approved_at" else "")
        run(f"UPDATE {table} SET {gone} WHERE id = %s", getattr(scene, row))
        run(f"UPDATE {table} SET {words} = 'other words' WHERE id = %s", getattr(scene, row))

    @attack("I10", rule=PUBLISHED, guard=f"{model}:frozen", name=f"upsert-{short}")
    def upsert(scene, run):
        run(
            f"INSERT INTO {table} SELECT * FROM {table} WHERE id = %s"
            f" ON CONFLICT (id) DO UPDATE SET {words} = 'other words'",
            getattr(scene, row),
        )

    @attack("I10", rule=PUBLISHED, guard=f"{model}:frozen_delete", name=f"make-anew-{short}")
    def make_anew(scene, run):
        run.anew(table, getattr(scene, row), **{words: "other words"})

    @attack(
        "I10",
        rule="i5_append_only",
        guard=f"{model}:no_truncate",
        name=f"truncate-{short}",
        denied_to=(APP,),
        besides=truncates,
    )
    def truncate(scene, run):
        run(f"TRUNCATE {table} CASCADE")


for version in VERSIONS:
    freeze(*version)


@attack("I10", rule="consent_text_published", guard="consent.ConsentRequest:published")
def ask_in_words_not_published(scene, run):
    run.clone("consent_consentrequest", scene.asked, vacancy_id=scene.other_vacancy, text_id=scene.draft_text)


@attack("I10", rule="consent_text_published", guard="consent.ConsentRequest:published")
def ask_in_the_words_of_another_question(scene, run):
    run.clone("consent_consentrequest", scene.asked, vacancy_id=scene.other_vacancy, text_id=scene.talk_text)


@attack("I10", rule="consent_request_fixed", guard="consent.ConsentRequest:fixed")
def point_a_question_to_other_words(scene, run):
    run("UPDATE consent_consentrequest SET text_id = %s WHERE id = %s", scene.draft_text, scene.asked)


@attack("I10", rule="i10_words_published", guard="mailing.Message:i10_words")
def write_a_message_in_words_not_published(scene, run):
    run.clone("mailing_message", scene.queued, key="draft words", template_id=scene.draft_template)


def unlawful(name, rule, **changes):
    """Publish a copy of a lawful template with something amiss, made new or out of a draft."""

    @attack("I10", rule=rule, guard="mailing.TemplateVersion:publishable", name=f"publish-{name}")
    def publish(scene, run):
        run.clone("mailing_templateversion", scene.template, version=99, **changes)

    @attack("I10", rule=rule, guard="mailing.TemplateVersion:publishable", name=f"draft-then-publish-{name}")
    def in_two_steps(scene, run):
        draft = run.clone("mailing_templateversion", scene.template, version=99, published_at=None, **changes)
        run("UPDATE mailing_templateversion SET published_at = now() WHERE id = %s", draft)


NOTICE = DEFAULTS["nl"]["approach"].body
unlawful("a-blank-text", "template_blank", body=" \u200b\n")
unlawful("a-blank-subject", "template_blank", subject_line="\u2800")
unlawful("an-unheard-of-kind", "template_kind_unknown", kind="unheard_of")
unlawful("words-of-a-kind-without-a-template", "template_kind_unknown", kind="account")
unlawful("a-question-without-a-way-to-answer", "template_link_lacks", body=NOTICE.replace("[link:consent", "[link:me"))
unlawful("an-answer-that-may-fall-away", "template_link_lacks", body=NOTICE.replace("link:consent|", "link:consent?|"))
unlawful("a-notice-that-names-no-source", "template_notice_lacks", body=NOTICE.replace("[source]", "internet"))


@attack("I10", rule="i8_addressee_fixed", guard="mailing.Message:i8_fixed")
def point_a_message_to_other_words(scene, run):
    run("UPDATE mailing_message SET template_id = %s WHERE id = %s", scene.other_template, scene.queued)


@attack("I10", rule="notice_fixed", guard="consent.Notice:fixed")
def point_a_notice_to_other_words(scene, run):
    run("UPDATE consent_notice SET text_id = %s WHERE id = %s", scene.draft_text, scene.notice)


@pytest.mark.parametrize(("role", "attempt"), by_role("I10"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)
