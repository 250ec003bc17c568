"""The meaning of the types of problems: the pages to which the addresses in answers lead."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask_babel import gettext as _

pages = Blueprint("problems", __name__, url_prefix="/problems")


@pages.get("/<kind>")
def one(kind: str) -> str:
    """The meaning of a type of problem, and its remedy."""
    words = texts().get(kind)
    if words is None:
        abort(404)
    return render_template("problem.html", kind=kind, words=words)


def texts() -> dict[str, str]:
    """All types, with their meanings and remedies."""
    return {
        "malformed": _("The body is no JSON, or not in the form that the API document has. Nothing was done."),
        "invalid": _("Values are not usable; “errors” has a sentence for each. Nothing was done."),
        "not-found": _("It is not there, or not for you to see."),
        "method": _("This address knows other methods; “Allow” names them."),
        "not-acceptable": _("There is no form of it that “Accept” asks for: JSON or, for lists, CSV."),
        "media-type": _("Send JSON, with “Content-Type: application/json”."),
        "too-large": _("At most 1 MB is taken at once."),
        "sign-in": _("Show a token: “Authorization: Bearer …”. Make one on the page of your account."),
        "denied": _("Your account may not do that; the table of roles is in the documentation."),
        "conflict": _("It does not go together with what the store holds by now. Look again, and decide anew."),
        "no-place": _(
            "There is no free place for the request as it is asked. “alternatives” has the nearest; "
            "“wait” asks all the same."
        ),
        "changed": _("“If-Match” names a version that is no longer the newest. Read it again."),
        "stale-elements": _("The elements are too old, or missing, for what was asked."),
        "no-plan": _("No pass can be used for what is asked; the causes are named."),
        "too-many": _("Too many calls, or attempts to sign in. “Retry-After” says when to go on."),
        "busy": _("The database is busy or cannot be reached. Try again in a moment."),
        "store": _("The store cannot be used as it is; whoever looks after it finds why."),
        "mistake": _("A mistake in passplan. It was written to the log."),
    }
