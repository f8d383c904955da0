"""`make setup`: a complete `.venv/` from the lock file, with pip alone, and compiled translations.

Runs on the machine's own Python before anything is installed, so it imports the standard library only. Nothing happens
when nothing changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.txt"
STAMP = VENV / "watson.lock"
SUPPORTED = ((3, 11), (3, 12))


def main() -> int:
    if sys.version_info[:2] not in SUPPORTED:
        return _say("Watson needs Python 3.11 or 3.12.")
    wanted = hashlib.sha256(LOCK.read_bytes() + f"{sys.version_info[:2]}".encode()).hexdigest()
    if not STAMP.exists() or STAMP.read_text() != wanted or not _works():
        STAMP.unlink(missing_ok=True)
        if not _works():
            shutil.rmtree(VENV, ignore_errors=True)
            if subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
                return _say("Python could not make .venv: on Debian or Ubuntu install the package python3-venv.")
        _say("Installing what requirements-dev.txt locks; this takes a minute or two the first time.")
        install = ["install", "-qq", "--no-compile", "--require-hashes", "--disable-pip-version-check", "-r", str(LOCK)]
        quiet = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
        if subprocess.run([str(PYTHON), "-m", "pip", *install], env=quiet).returncode:
            return _say("pip could not install what requirements-dev.txt locks; its own words are above.")
        STAMP.write_text(wanted)
    return _compile_translations()


def _works() -> bool:
    """Whether the environment is there, complete enough to run pip, and made by this version of Python."""
    if not PYTHON.exists():
        return False
    check = f"import sys, pip; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    return subprocess.run([str(PYTHON), "-c", check], stderr=subprocess.DEVNULL).returncode == 0


def _compile_translations() -> int:
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        command = [str(VENV / "bin" / "pybabel"), "compile", "-i", str(source), "-o", str(target)]
        command += ["-l", source.parent.parent.name]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return _say(f"{source.relative_to(ROOT)} cannot be compiled:\n{done.stderr}")
        os.utime(target)
    return 0


def _say(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
