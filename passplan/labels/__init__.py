"""Facts to words, in any language; with the null translation in English, for the command line, logs and Python."""

from passplan.labels import causes, outcomes, particulars, reasons  # noqa: F401 -- each registers its words
from passplan.labels.base import ENGLISH, Language
from passplan.labels.hints import hint_words
from passplan.labels.messages import error_lines, error_words
from passplan.labels.names import activity_words, confidence_words, job_words, lane_words, priority_words, sight_words
from passplan.labels.outcomes import revision_words, source_words
from passplan.labels.particulars import filter_words
from passplan.labels.words import fact_words, joined

__all__ = [
    "ENGLISH",
    "Language",
    "activity_words",
    "confidence_words",
    "error_lines",
    "error_words",
    "fact_words",
    "filter_words",
    "hint_words",
    "job_words",
    "joined",
    "lane_words",
    "priority_words",
    "revision_words",
    "sight_words",
    "source_words",
]
