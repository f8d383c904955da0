"""Searching much for many words at once: everything goes through `grep -F`, which takes thousands of words in one pass.

The words reach it through a pipe of its own: they stand in no list of processes and in no file.
"""

import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

Write = Callable[[IO[bytes]], object]
BUFFER = 1 << 20


class Unable(Exception):
    """There is nothing to search with."""


def told_apart(strict: Iterable[bytes], soft: Iterable[bytes], write: Write) -> tuple[list[bytes], Counter[str]]:
    """The lines that hold a word of `strict`; and of those with a word of `soft`, which may be very many, only how many
    begin with which field (up to the first tab). What is written is written once, to both searches."""
    names = sorted(set(soft))
    if not names:
        return lines_with(strict, write), Counter()
    with tempfile.TemporaryFile() as counted:
        with _search(names, subprocess.PIPE) as counting:
            # Its lines are cut before they get anywhere: a name stands in many a letter to somebody else.
            cut = subprocess.Popen(
                [_program("cut"), "-f1"], stdin=counting.stdout, stdout=counted, env={"LC_ALL": "C", "PATH": os.defpath}
            )
            counting.stdout.close()  # type: ignore[union-attr]

            def both(out: IO[bytes]) -> None:
                pair = _Both(out, counting.stdin)  # type: ignore[arg-type]
                write(pair)  # type: ignore[arg-type]
                pair.flush()

            lines = lines_with(strict, both)
        if cut.wait():
            raise Unable(f"cut ended with {cut.returncode}.")
        counted.seek(0)
        return lines, Counter(line.decode(errors="replace") for line in counted.read().splitlines())


class _Both:
    """A file that writes to two, much at a time: a database hands over line by line, millions of them."""

    def __init__(self, one: IO[bytes], other: IO[bytes]) -> None:
        self.files = (one, other)
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        if len(self.waiting) >= BUFFER:
            self.flush()
        return len(data)

    def flush(self) -> None:
        for file in self.files:
            file.write(self.waiting)
        self.waiting.clear()


def lines_with(words: Iterable[bytes], write: Write) -> list[bytes]:
    """The lines of what `write` writes that hold any of these words, whatever their case; without line ends."""
    wanted = sorted(set(words))
    if not wanted:
        return []
    with tempfile.TemporaryFile() as found:
        with _search(wanted, found) as process:
            write(process.stdin)  # type: ignore[arg-type]
        found.seek(0)
        return found.read().splitlines()


@contextmanager
def _search(words: list[bytes], found: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A grep for these words that reads what is written to it within this; its lines go to `found`."""
    reader, writer = os.pipe()
    with open(reader, "rb") as theirs, open(writer, "wb") as ours:
        process = subprocess.Popen(
            [_program("grep"), "-a", "-i", "-F", "-f", f"/dev/fd/{theirs.fileno()}"],
            stdin=subprocess.PIPE,
            stdout=found,
            stderr=subprocess.DEVNULL,
            bufsize=BUFFER,
            pass_fds=(theirs.fileno(),),
            # By byte: in a locale of letters it would stumble over bytes that are none.
            env={"LC_ALL": "C", "PATH": os.defpath},
        )
        theirs.close()
        ours.write(b"\n".join(words) + b"\n")
    try:
        with process.stdin:  # type: ignore[union-attr]
            yield process
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.wait() > 1:
        raise Unable(f"grep ended with {process.returncode}.")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Unable(f"The search needs the program {name}.")
    return found


def words_in(line: bytes, words: Iterable[bytes]) -> list[bytes]:
    """Which of these lower-case words stand in a line."""
    low = line.lower()
    return [word for word in words if word in low]
