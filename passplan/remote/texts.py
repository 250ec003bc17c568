"""Texts of other machines as single lines of a log."""

from http.client import BadStatusLine

_EXCERPT_CHARACTERS = 200


def one_line(text: str) -> str:
    """The start of a foreign text as a single line of a log: control characters are escaped."""
    line = " ".join(text[: _EXCERPT_CHARACTERS * 10].split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)[:_EXCERPT_CHARACTERS]


def reason_of(error: Exception) -> str:
    """The reason of an error, without the wrappers of urllib3."""
    if type(error) is BadStatusLine:  # its text quotes the line, which may repeat the query
        return "its first line is not one of HTTP"
    return one_line(str(error.__cause__ or error)) or type(error).__name__
