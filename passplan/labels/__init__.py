"""Convert facts to words in any language; the null translation gives English, for the command line, logs and Python."""

from passplan.labels import causes, outcomes, particulars, reasons, relaxations  # noqa: F401 -- each registers its words
from passplan.labels.base import ENGLISH, Language
from passplan.labels.hints import hint_words
from passplan.labels.messages import error_lines, error_words
from passplan.labels.names import name_words
from passplan.labels.outcomes import revision_words, source_words
from passplan.labels.particulars import filter_words
from passplan.labels.words import fact_words, joined

__all__ = [
    "ENGLISH",
    "Language",
    "error_lines",
    "error_words",
    "fact_words",
    "filter_words",
    "hint_words",
    "joined",
    "name_words",
    "revision_words",
    "source_words",
]
