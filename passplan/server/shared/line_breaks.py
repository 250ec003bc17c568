"""Line breaks of templates: they lay a template out for its reader, and leave nothing in the page.

    <p class="lede">
      {{ name }}{% if state %}, {{ state }}{% endif %} <small>{{ station }}</small>
    </p>

renders `<p class="lede">name, state <small>station</small></p>`. A space within a line stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

_TEXT, _TAG = "", "<"  # the third state is the quote that an attribute's value is in
_PART = re.compile(r"""[<>"']|(?P<end>\s*\n\s*(?=/?>))|(?P<line_break>\s*\n\s*)|[^<>"'\s]+|\s+""")


class LineBreaks(Extension):
    """Remove each line break with the white space around it; between the attributes of a tag it becomes one space."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens of a template without its line breaks; their line numbers remain for error messages."""
        state = _TEXT
        for token in stream:
            if token.type == "data":
                text, state = _without_line_breaks(token.value, state)
                token = Token(token.lineno, "data", text)
            yield token


def _without_line_breaks(text: str, state: str) -> tuple[str, str]:
    """The text, and the state after it: in text, in a tag, or in a quoted value."""
    parts = []
    for match in _PART.finditer(text):
        part = match[0]
        if match["end"] or match["line_break"]:
            part = " " if state == _TAG and match["line_break"] else ""
        else:
            state = _next_state(part, state)
        parts.append(part)
    return "".join(parts), state


def _next_state(part: str, state: str) -> str:
    if state == _TEXT:
        return _TAG if part == "<" else _TEXT
    if state == _TAG:
        return _TEXT if part == ">" else part if part in ('"', "'") else _TAG
    return _TAG if part == state else state
