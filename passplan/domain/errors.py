"""What can go wrong, as a small tree. Each message says where and what was found; a hint says what would help."""

from __future__ import annotations

from passplan.domain.hints import Hint
from passplan.domain.messages import Message, together

_RULES_BROKEN = Message("rules_broken", "the schedule breaks rules, which is a mistake in passplan; report it")
_NO_PLAN = Message("no_plan", "there is no plan, for nobody can have contact in this span:")


class PassplanError(Exception):
    """The root of every error that passplan raises on purpose.

    `messages` are what is wrong, as facts: `str(error)` has them in English, a line each, and `labels` in other
    languages. A message that is given as text has no code. `hint` is what a person can do about it. It is no part of
    the messages, for the command line and pages word it differently (`labels.hint_words`).
    """

    def __init__(self, *messages: Message | str, hint: Hint | None = None) -> None:
        self.hint = hint
        self.messages = tuple(m if isinstance(m, Message) else Message.of_text(m) for m in messages)
        super().__init__("\n".join(str(m) for m in messages))

    @property
    def message(self) -> Message:
        """All that is wrong as one message."""
        return together(*self.messages)


class InputError(PassplanError, ValueError):
    """Something given is not usable: a file, an element set, an option.

    It has one message for each mistake, so that a file with several is mended in one go.
    """

    @property
    def problems(self) -> tuple[str, ...]:
        """One English sentence for each mistake."""
        return tuple(str(m) for m in self.messages)


class StaleElementsError(PassplanError):
    """The elements are too old, or missing, for what was asked."""


class PlanningError(PassplanError):
    """A schedule was made that breaks rules: a mistake in passplan, and the schedule is not handed out.

    It has one message for each rule that it breaks.
    """

    def __init__(self, *problems: Message | str) -> None:
        super().__init__(_RULES_BROKEN, *problems)

    @property
    def problems(self) -> tuple[str, ...]:
        """One English sentence for each rule."""
        return tuple(str(m) for m in self.messages[1:])


class NoPlanError(PassplanError):
    """Something is asked for, and no pass can be used for it: no schedule is made, and the causes are named.

    It has one message for each cause, the most frequent first.
    """

    def __init__(self, *causes: Message | str) -> None:
        super().__init__(_NO_PLAN, *causes)

    @property
    def causes(self) -> tuple[Message, ...]:
        """Why there is no plan."""
        return self.messages[1:]


class StoreError(PassplanError):
    """The store cannot be used as it is: not there, of another version, without its guards, or its disk is full."""


class StoreBusyError(StoreError):
    """Another writer holds the store for too long, or the database cannot be reached. Trying again may do."""


class ConflictError(PassplanError):
    """What was asked does not go together with what the store holds by now."""


class DeniedError(PassplanError):
    """Whoever asks may not do that."""


class SignInError(PassplanError):
    """Nobody is signed in, or not well enough for what was asked."""


class ThrottledError(PassplanError):
    """Too many attempts; `retry_after_s` says when to try again."""

    def __init__(self, message: Message | str, *, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class NotFoundError(InputError):
    """What was asked for is not there, or not for whoever asks."""


class FetchError(PassplanError):
    """Another machine did not give what was asked of it.

    `status` is its HTTP status where it answered and refused; None where it could not be reached, was too slow, or
    sent too much.
    """

    def __init__(self, message: Message | str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)
