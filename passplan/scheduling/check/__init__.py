"""The rules of a schedule, read again from scratch.

Nothing here comes from the planner, so that a mistake of the one is not a mistake of the other too.

What is held was decided before, and a planner cannot undo it. So held assignments count in every sum and stand in
everybody's way, and a rule that they break among themselves is not reported, with three exceptions: an antenna or a
link that they overfill, and a held assignment that is missing or changed.
"""

from passplan.scheduling.check.checker import check

__all__ = ["check"]
