"""The tree of errors. Each message says where and what the mistake is; a hint says what would help."""

from __future__ import annotations

from passplan.domain.hints import Hint
from passplan.domain.messages import Message, together

_RULES_BROKEN = Message("rules_broken", "the schedule breaks rules, which is a mistake in passplan; report it")
_NO_PLAN = Message("no_plan", "there is no plan, for nobody can have contact in this span:")


class PassplanError(Exception):
    """The root of every error that passplan raises on purpose.

    `messages` describe the mistakes as facts: `str(error)` has them in English, a line each, and `labels` in other
    languages. A message passed as text has no code. `hint` says what a person can do about it. It is separate from
    the messages, because the command line and pages word it differently (`labels.hint_words`).
    """

    def __init__(self, *messages: Message | str, hint: Hint | None = None) -> None:
        self.hint = hint
        self.messages = tuple(m if isinstance(m, Message) else Message.of_text(m) for m in messages)
        super().__init__("\n".join(str(m) for m in messages))

    @property
    def message(self) -> Message:
        """All messages as one message."""
        return together(*self.messages)


class InputError(PassplanError, ValueError):
    """An input is not usable: a file, an element set, an option.

    It has one message for each mistake, so that a user can correct all of them at once.
    """

    @property
    def problems(self) -> tuple[str, ...]:
        """One English sentence for each mistake."""
        return tuple(str(m) for m in self.messages)


class StaleElementsError(PassplanError):
    """The elements are too old, or missing, for the command."""


class PlanningError(PassplanError):
    """A computed schedule breaks rules: a mistake in passplan, and the schedule is not returned.

    It has one message for each rule that it breaks.
    """

    def __init__(self, *problems: Message | str) -> None:
        super().__init__(_RULES_BROKEN, *problems)

    @property
    def problems(self) -> tuple[str, ...]:
        """One English sentence for each rule."""
        return tuple(str(m) for m in self.messages[1:])


class NoPlanError(PassplanError):
    """There are requests, and no pass can be used for them: no schedule is made, and the causes are named.

    It has one message for each cause, the most frequent first.
    """

    def __init__(self, *causes: Message | str) -> None:
        super().__init__(_NO_PLAN, *causes)

    @property
    def causes(self) -> tuple[Message, ...]:
        """Why there is no plan."""
        return self.messages[1:]


class StoreError(PassplanError):
    """The store cannot be used: it is missing, has another version, lacks its guards, or its disk is full."""


class StoreBusyError(StoreError):
    """Another writer holds the store for too long, or the database cannot be reached. A retry may succeed."""


class ConflictError(PassplanError):
    """The command conflicts with the current content of the store."""


class DeniedError(PassplanError):
    """The account is not allowed to do that."""


class SignInError(PassplanError):
    """No account is signed in, or the sign-in is not sufficient for the command."""


class ThrottledError(PassplanError):
    """Too many attempts; `retry_after_s` says when to try again."""

    def __init__(self, message: Message | str, *, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class NotFoundError(InputError):
    """The object does not exist, or the account may not see it."""


class FetchError(PassplanError):
    """A fetch from another machine failed.

    `status` is its HTTP status when it answered and refused; None when it could not be reached, was too slow, or
    sent too much.
    """

    def __init__(self, message: Message | str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)
