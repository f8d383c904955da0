"""What changed between two texts."""

from mailing.differences import GONE, NEW, SAME, Line, compare


def test_the_same_words_have_no_changes():
    assert compare("a\nb", "a\r\nb") == []


def test_a_changed_line_shows_its_words():
    assert compare("Dag Anna, welkom", "Dag Bob, welkom") == [
        Line(((SAME, "Dag "), (GONE, "Anna"), (NEW, "Bob"), (SAME, ", welkom")))
    ]


def test_lines_that_came_and_went():
    assert compare("a\nb", "a\nb\nc")[-1] == Line(((NEW, "c"),))
    assert compare("a\nb\nc", "a\nb")[-1] == Line(((GONE, "c"),))


def test_long_stretches_without_a_change_are_skipped():
    same = [str(number) for number in range(20)]
    lines = compare("\n".join([*same, "x"]), "\n".join([*same, "y"]))
    assert lines == [Line(skipped=18), Line(((SAME, "18"),)), Line(((SAME, "19"),)), Line(((GONE, "x"), (NEW, "y")))]


def test_no_word_is_lost():
    old, new = "Geachte heer,\n\nMet [client] erbij.\n\nGroet", "Beste,\n\nMet [client] en [place].\nGroet\nRosa"
    lines = compare(old, new)
    assert [text for line in lines for what, text in line.pieces if what != NEW] == [
        text for line in lines for what, text in line.pieces if what in (SAME, GONE)
    ]
    before = "".join(text for line in lines for what, text in line.pieces if what != NEW)
    after = "".join(text for line in lines for what, text in line.pieces if what != GONE)
    assert (before, after) == (old.replace("\n", ""), new.replace("\n", ""))
