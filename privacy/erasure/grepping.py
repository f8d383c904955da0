"""Searching much for many words at once: everything goes through `grep -F`, which takes thousands of words in one pass.

The words reach it through a pipe of its own: they stand in no list of processes and in no file.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from typing import IO


class Unable(Exception):
    """There is nothing to search with."""


def lines_with(words: Iterable[bytes], write: Callable[[IO[bytes]], object]) -> list[bytes]:
    """The lines of what `write` writes that hold any of these words, whatever their case; without line ends."""
    wanted = b"\n".join(sorted(set(words)))
    if not wanted:
        return []
    program = shutil.which("grep")
    if program is None:
        raise Unable("The search needs the program grep.")
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as found:
        with open(reader, "rb") as theirs, open(writer, "wb") as ours:
            process = subprocess.Popen(
                [program, "-a", "-i", "-F", "-f", f"/dev/fd/{theirs.fileno()}"],
                stdin=subprocess.PIPE,
                stdout=found,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                # By byte: in a locale of letters it would stumble over bytes that are none.
                env={"LC_ALL": "C", "PATH": os.defpath},
            )
            theirs.close()
            ours.write(wanted + b"\n")
        try:
            with process.stdin as text:  # type: ignore[union-attr]
                write(text)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait() > 1:
            raise Unable(f"grep ended with {process.returncode}.")
        found.seek(0)
        return found.read().splitlines()


def words_in(line: bytes, words: Iterable[bytes]) -> list[bytes]:
    """Which of these lower-case words stand in a line."""
    low = line.lower()
    return [word for word in words if word in low]
