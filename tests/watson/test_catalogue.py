"""Everything a person reads is there in Dutch too."""

from babel.messages.checkers import python_format

from watson import catalogue


def test_the_catalogue_sees_python_templates_plurals_and_contexts():
    said = {message for _file, _line, message, _context in catalogue.found()}
    assert "Your move" in said  # a template
    assert "Choose who at the client may see this person." in said  # Python
    assert any(isinstance(message, tuple) for message in said)  # a plural


def test_the_stored_catalogue_is_what_the_code_says():
    stored = {message.id for message in catalogue.stored() if message.id}
    fresh = {message.id for message in catalogue.fresh() if message.id}
    assert fresh - stored == set(), "Run `manage.py catalogue` and give these their Dutch."
    assert stored - fresh == set(), "Run `manage.py catalogue`: nobody says these any more."


def test_nothing_lacks_its_dutch():
    assert catalogue.untranslated(catalogue.stored()) == []


def test_dutch_names_the_same_placeholders():
    wrong = []
    for message in catalogue.stored():
        if message.id and message.python_format:
            try:
                python_format(None, message)
            except Exception as error:
                wrong.append(f"{message.id!r}: {error}")
    assert wrong == []
