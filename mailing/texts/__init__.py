"""The words Watson starts with, in Dutch and English; an organisation may publish newer versions of each."""

from mailing.texts import dutch, english
from mailing.texts.words import Words

DEFAULTS: dict[str, dict[str, Words]] = {"nl": dutch.WORDS, "en": english.WORDS}
