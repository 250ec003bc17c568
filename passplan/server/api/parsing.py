"""What is asked, read once: path, query, headers and body by their models; and the form in which it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from itertools import islice
from typing import Any, ParamSpec, TypeVar, get_origin, get_type_hints

from flask import g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType

from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.messages import Message
from passplan.formats.tables import json_tables
from passplan.server.api.describing import JSON, PARTS

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)

MOST_BYTES = 1024 * 1024
MOST_PROBLEMS = 20  # that are told of one call


def parsed(*forms: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """A view that takes `path`, `query`, `header` and `body` as its annotations say, those that it has.

    What its models do not have is refused.

    Args:
        forms: in which it can answer, the first by default; JSON where none is named.
    """
    offered = forms or (JSON,)

    def decorate(view: Callable[..., R]) -> Callable[..., R]:
        hints = {name: kind for name, kind in get_type_hints(view).items() if name in PARTS}

        @wraps(view)
        def answering(**given: Any) -> R:
            g.form = _form(offered)
            found: dict[str, Any] = {}
            if (path := hints.get("path")) is not None:
                found["path"] = _path(path, given)
            query = _query(hints.get("query"))
            if query is not None:
                found["query"] = query
            if (header := hints.get("header")) is not None:
                found["header"] = _header(header)
            if (body := hints.get("body")) is not None:
                found["body"] = read_body(body)
            return view(**found)

        return answering

    return decorate


def asked_form() -> str:
    """The form in which the view that is under way answers."""
    found: str = g.form
    return found


def read_body(model: type[M]) -> M:
    """The body by its model.

    Raises:
        BadRequest: when it is no JSON object, or one that no two parsers read alike.
        UnsupportedMediaType: when it says that it is something else.
        InputError: with every mistake in it.
    """
    needed = any(field.is_required() for field in model.model_fields.values())
    return _valid(model, body_table(needed=needed))


def body_table(*, needed: bool = True) -> dict[str, Any]:
    """The body as it is; empty where it is not needed and not there.

    Raises:
        BadRequest, UnsupportedMediaType: as `read_body`.
    """
    raw = request.get_data()
    if not raw and not needed:
        return {}
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"it is {request.mimetype or 'of no type'!r}; send {JSON}")
    try:
        return json_tables(raw.decode("utf-8"), "the body", max_bytes=MOST_BYTES)
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body: byte {error.start} is not UTF-8 text") from None
    except InputError as error:
        raise BadRequest(str(error)) from None


def has_nul(value: Any) -> bool:
    """Whether a NUL, which no database keeps, is in what was read."""
    if isinstance(value, dict):
        return any(has_nul(part) for part in (*value, *value.values()))
    if isinstance(value, list):
        return any(has_nul(part) for part in value)
    return isinstance(value, str) and "\x00" in value


def _form(offered: tuple[str, ...]) -> str:
    if not request.accept_mimetypes:
        return offered[0]
    found = request.accept_mimetypes.best_match(offered)
    if found is None:
        raise NotAcceptable(f"it comes as {' or '.join(offered)}")
    return found


def _path(model: type[M], given: dict[str, Any]) -> M:
    try:
        return model.model_validate(given)
    except ValidationError:
        raise NotFoundError(Message("no_address", "there is nothing at this address")) from None


def _query(model: type[M] | None) -> M | None:
    lists = _lists(model) if model is not None else {}
    found: dict[str, Any] = {}
    problems = []
    for name, values in request.args.lists():
        if name not in lists:
            problems.append(
                Message(
                    "parameter_unknown",
                    "the parameter %(name)r is not known here; it takes %(known)s",
                    name=name[:60],
                    known=tuple(sorted(lists)),
                )
            )
        elif lists[name]:
            found[name] = values
        elif len(values) > 1:
            problems.append(
                Message(
                    "parameter_repeated",
                    "the parameter %(name)r is given %(times)s times; it is one",
                    name=name,
                    times=len(values),
                )
            )
        else:
            found[name] = values[0]
    if problems:
        raise InputError(*problems[:MOST_PROBLEMS])
    return _valid(model, found) if model is not None else None


def _header(model: type[M]) -> M:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return _valid(model, {name: request.headers[name] for name in names if name in request.headers})


def _valid(model: type[M], found: dict[str, Any]) -> M:
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise InputError(*islice(_sentences(error), MOST_PROBLEMS)) from None


def _sentences(error: ValidationError) -> Iterator[str]:
    for e in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part)[:60] for part in e["loc"])
        yield f"{where}: {e['msg']}" if where else e["msg"]


@lru_cache(maxsize=128)
def _lists(model: type[BaseModel]) -> dict[str, bool]:
    """The names of a query's parameters, and whether each can come several times."""
    return {field.alias or name: get_origin(field.annotation) is list for name, field in model.model_fields.items()}
