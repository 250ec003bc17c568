"""Limits of files before a parser reads them: size, depth and length, checked in linear time.

A 40 kB TOML file of one dotted key keeps Python's parser busy for nine seconds; nesting exhausts a stack.
"""

import re

from passplan.domain.errors import InputError

MAX_ELEMENTS_BYTES = 64 * 2**20
MAX_TOML_BYTES = 256 * 2**10
MAX_REQUESTS_JSON_BYTES = 4 * 2**20
MAX_PLAN_BYTES = 64 * 2**20
MAX_TOML_DEPTH = 8
MAX_DIGITS = 40
MAX_JSON_DEPTH = 16
MAX_XML_DEPTH = 32

# Strings and comments are skipped; their closing quote may be missing, so that no text is scanned twice.
_TOML_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+"
    r"|[\[\]{}\n.=,]"
    r"|0[xob][0-9A-Fa-f_]{41,}+"
    r"|[0-9_]{41,}+",
    re.DOTALL,
)


def require_size(where: str, size: int, limit: int) -> None:
    """Refuse a file over its size limit.

    Raises:
        InputError: naming both sizes.
    """
    if size > limit:
        raise InputError(f"{where}: the file has {size:,} bytes; at most {limit:,} are read")


def require_shallow_toml(where: str, text: str) -> None:
    """Refuse TOML that is too large, nested too deeply, or holds absurd numbers, without parsing it.

    Raises:
        InputError: with the line.
    """
    require_size(where, len(text.encode("utf-8", "surrogatepass")), MAX_TOML_BYTES)
    line, brackets, dots = 1, 0, 0
    for match in _TOML_TOKEN.finditer(text):
        part = match.group()
        if part == "\n":
            line, dots = line + 1, 0
        elif part == ".":
            dots += 1
        elif part in "=,":
            dots = 0
        elif part in "[{":
            brackets += 1
        elif part in "]}":
            brackets = max(0, brackets - 1)
        elif part[0] in "0123456789_":
            raise InputError(f"{where} line {line}: a number of {len(part):,} digits; at most {MAX_DIGITS} are read")
        else:
            line += part.count("\n")
        if brackets + dots > MAX_TOML_DEPTH:
            raise InputError(f"{where} line {line}: tables nest deeper than {MAX_TOML_DEPTH} levels, the most there is")


def require_shallow_json(where: str, text: str) -> None:
    """Refuse JSON that nests deeper than any format of passplan, before a recursive parser reads it.

    Raises:
        InputError: with the line.
    """
    depth = 0
    for match in _JSON_TOKEN.finditer(text):
        part = match.group()
        if part in "[{":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                raise InputError(
                    f"{where} line {line}: it nests deeper than {MAX_JSON_DEPTH} levels, the most there is"
                )
        elif part in "]}":
            depth -= 1


_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
