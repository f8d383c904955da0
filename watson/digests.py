"""Fingerprints of the sources, so that a start repeats no work whose outcome would be the same."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def schema() -> str:
    """Changes whenever migrating a fresh database would give another result."""
    files = {
        ROOT / "requirements.txt",
        *(ROOT / "watson" / name for name in ("settings.py", "embedded.py", "roles.py")),
    }
    for app in {path.parent for path in ROOT.glob("*/__init__.py")} - {ROOT / "tests"}:
        for pattern in ("migrations/*.py", "apps.py", "signals.py", "grants.py", "router.py"):
            files.update(app.rglob(pattern))
    return _digest(files)


def demo() -> str:
    """Changes whenever the demo's agency would be filled differently."""
    files = ROOT.glob("watson/demo_data*")
    nested = (path for path in files for path in (path.rglob("*.py") if path.is_dir() else [path]))
    return _digest([*nested, *ROOT.glob("*/management/commands/seed_demo.py")])


def static() -> str:
    """Changes whenever the collected static files would."""
    files = (path for path in (ROOT / "static").rglob("*") if path.is_file())
    return _digest([*files, ROOT / "requirements.txt", ROOT / "watson" / "settings.py"])


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.exists():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:20]
