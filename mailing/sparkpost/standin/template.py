"""The part of SparkPost's template language that shows an injection: expressions, defaults and brace macros."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_MACROS = {
    "opening_double_curly()": "{{",
    "closing_double_curly()": "}}",
    "opening_triple_curly()": "{{{",
    "closing_triple_curly()": "}}}",
}
_EXPRESSION = re.compile(
    r"""(?P<path>[A-Za-z_]\w*(?:\.\w+|\[\s*(?:'[^']*'|"[^"]*")\s*\])*)"""
    r"""(?:\s+or\s+(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"))?"""
)
_KEYWORDS = frozenset(
    {"and", "break", "do", "each", "else", "elseif", "end", "for", "function", "if", "not", "or", "then", "while"}
)


class TemplateError(Exception):
    """SparkPost couldn't generate the message."""


def render(text: str, data: Mapping[str, Any], escape: Callable[[str], str] = str) -> str:
    """`text` with its expressions replaced; `{{{ }}}` isn't escaped. Raises TemplateError."""
    out: list[str] = []
    position = 0
    while (start := text.find("{{", position)) >= 0:
        out.append(text[position:start])
        opening, closing = ("{{{", "}}}") if text.startswith("{{{", start) else ("{{", "}}")
        end = text.find(closing, start + len(opening))
        if end < 0:
            raise TemplateError(f"substitution starting at {start} is not closed")
        value, from_data = _value(text[start + len(opening) : end].strip(), data)
        out.append(escape(value) if from_data and len(opening) == 2 else value)
        position = end + len(closing)
    out.append(text[position:])
    return "".join(out)


def _value(expression: str, data: Mapping[str, Any]) -> tuple[str, bool]:
    if "".join(expression.split()) in _MACROS:
        return _MACROS["".join(expression.split())], False
    match = _EXPRESSION.fullmatch(expression)
    if match is None or match["path"] in _KEYWORDS:
        raise TemplateError("substitution syntax error")
    found: Any = data
    for name in re.findall(r"\w+|'[^']*'|\"[^\"]*\"", match["path"]):
        found = found.get(name.strip("'\"")) if isinstance(found, Mapping) else None
    if found is None or found == "":
        found = match["single"] or match["double"] or ""
    return str(found), True
