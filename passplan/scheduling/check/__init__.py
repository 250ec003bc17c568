"""The rules of a schedule, implemented independently of the planner.

No code is shared with the planner, so that a mistake in one is not a mistake in the other.

Held assignments were decided before, and a planner cannot change them. So they are part of every sum and occupy their
resources, and a rule that they break among themselves is not reported, with three exceptions: an antenna or a link
that they overfill, and a held assignment that is missing or changed.
"""

from passplan.scheduling.check.checker import check

__all__ = ["check"]
