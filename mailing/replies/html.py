"""The words of a formatted mail. One pass over the text, whatever it holds: mail comes from anybody."""

import re
from html import unescape

LONGEST = 2_000_000
_NAME = re.compile(r"/?([a-z][a-z0-9]*)", re.I)
_TAG = re.compile(r"[a-z/!?]", re.I)
_BREAKS = frozenset(
    "p div br tr li ul ol table h1 h2 h3 h4 h5 h6 hr blockquote section article header footer".split()  # noqa: SIM905
)
_UNSEEN = ("script", "style", "head", "title", "template")


def text_of(markup: str) -> str:
    """Plain text with the lines a reader sees; quoted blocks get `> ` before each line, as in a plain mail."""
    markup = markup[:LONGEST]
    low = markup.lower()
    lines: list[str] = []
    line: list[str] = []
    depth = at = 0

    def end_line() -> None:
        words = " ".join("".join(line).split())
        lines.append(f"{'> ' * min(depth, 5)}{words}" if words or depth else "")
        line.clear()

    while at < len(markup):
        start = markup.find("<", at)
        if start < 0:
            line.append(unescape(markup[at:]))
            break
        line.append(unescape(markup[at:start]))
        if markup.startswith("<!--", start):
            end = markup.find("-->", start)
            at = len(markup) if end < 0 else end + 3
            continue
        if not _TAG.match(markup, start + 1):
            line.append("<")
            at = start + 1
            continue
        end = markup.find(">", start)
        if end < 0:
            break
        found = _NAME.match(markup, start + 1, end)
        at = end + 1
        if found is None:
            continue
        name = found[1].lower()
        closes = markup[start + 1] == "/"
        if name in _UNSEEN and not closes:
            close = low.find(f"</{name}", at)
            at = len(markup) if close < 0 else close
        elif name in _BREAKS:
            if line or name == "br":
                end_line()
            if name == "blockquote":
                depth = max(depth + (-1 if closes else 1), 0)
            elif name == "p" and lines and lines[-1]:
                lines.append("")
    if line:
        end_line()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
