"""Text that people write: one rule for all of it, and how text that breaks the rule is shown."""

from __future__ import annotations

import unicodedata

from passplan.domain.errors import InputError
from passplan.domain.messages import Message

# Printable to Unicode, and still nothing to see: fillers and blanks, joiners, and selectors of a variant.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(code)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
)
# Letters of Cyrillic and Greek, and digits, that look like a Latin letter, after case folding.
_LOOK_ALIKES = str.maketrans(
    "авԁеһіјкӏмнорԛѕтуԝхѵαβγεηικνορτυχω01",
    "abdehijklmhopqstywxvabyenikvoptuxwol",
)


def normalized(text: str) -> str:
    """A text in composed form (NFC), in which equal texts have equal characters. Source: Unicode Annex 15."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_plain(text: str) -> bool:
    """Whether a text has visible characters and blanks alone.

    Not plain are control characters, line breaks of every kind, characters that change the direction of text,
    unassigned and private ones, halves of characters, and those that show nothing.
    """
    return text.isprintable() and (text.isascii() or _INVISIBLE.isdisjoint(text))


def require_plain(where: str, field: str, text: str) -> None:
    """Refuse a text that is not plain.

    Raises:
        InputError: naming the place, the field and the first character that is not.
    """
    if not is_plain(text):
        wrong = next(c for c in text if not is_plain(c))
        raise InputError(
            Message(
                "text_not_plain",
                "%(where)s: %(field)s has the character %(code)s, which cannot be seen; leave it out",
                where=where,
                field=field,
                code=f"U+{ord(wrong):04X}",
            )
        )


def escaped(text: str) -> str:
    """A text to show: each character that is not plain is written as in Python, `\\u202e`."""
    if is_plain(text):
        return text
    return "".join(c if is_plain(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def skeleton(name: str) -> str:
    """What is left of a name without case and look-alikes: two names with equal skeletons are mistaken for each other.

    Source: the idea of Unicode Technical Standard 39, for Latin, Cyrillic and Greek.
    """
    return unicodedata.normalize("NFKC", name).casefold().translate(_LOOK_ALIKES)
