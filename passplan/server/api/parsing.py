"""Parse requests: path, query, headers and body by their models; and select the form of the answer."""

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
from passplan.domain.text import escaped, normalized, require_plain
from passplan.formats.tables import json_tables
from passplan.server.api.describing import JSON, PARTS

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)

MOST_BYTES = 1024 * 1024
MOST_PROBLEMS = 20  # reported for one call


def parsed(*forms: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """A view with some of the arguments `path`, `query`, `header` and `body`, parsed by their annotations.

    A field that its models do not have is refused.

    Args:
        forms: content types of its answers, the first by default; JSON where none is named.
    """
    offered = forms or (JSON,)

    def decorate(view: Callable[..., R]) -> Callable[..., R]:
        hints = {name: kind for name, kind in get_type_hints(view).items() if name in PARTS}

        @wraps(view)
        def answering(**path_values: Any) -> R:
            g.form = _form(offered)
            arguments: dict[str, Any] = {}
            if (path := hints.get("path")) is not None:
                arguments["path"] = _path(path, path_values)
            query = _query(hints.get("query"))
            if query is not None:
                arguments["query"] = query
            if (header := hints.get("header")) is not None:
                arguments["header"] = _header(header)
            if (body := hints.get("body")) is not None:
                arguments["body"] = read_body(body)
            return view(**arguments)

        return answering

    return decorate


def response_form() -> str:
    """The content type of the current view's answer."""
    form: str = g.form
    return form


def read_body(model: type[M]) -> M:
    """The body by its model.

    Raises:
        BadRequest: when it is no JSON object, or a JSON object that parsers read differently.
        UnsupportedMediaType: when its content type is not JSON.
        InputError: with every mistake in it.
    """
    needed = any(field.is_required() for field in model.model_fields.values())
    return _valid(model, body_table(needed=needed))


def body_table(*, needed: bool = True) -> dict[str, Any]:
    """The body as a table; empty where it is not needed and absent.

    Raises:
        BadRequest, UnsupportedMediaType: as `read_body`.
        InputError: for a text that is not plain.
    """
    raw = request.get_data()
    if not raw and not needed:
        return {}
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"it is {request.mimetype or 'of no type'!r}; send {JSON}")
    try:
        table = json_tables(raw.decode("utf-8"), "the body", max_bytes=MOST_BYTES)
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body: byte {error.start} is not UTF-8 text") from None
    except InputError as error:
        raise BadRequest(str(error)) from None
    return {_plain(key, "a name"): _plain(value, key) for key, value in table.items()}


def _plain(value: Any, field: str) -> Any:
    """A value of a body with its texts normalized.

    Raises:
        InputError: for a text that is not plain.
    """
    if isinstance(value, dict):
        return {_plain(key, field): _plain(part, field) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, field) for part in value]
    if isinstance(value, str):
        require_plain("the body", escaped(field[:60]), value)
        return normalized(value)
    return value


def _form(offered: tuple[str, ...]) -> str:
    if not request.accept_mimetypes:
        return offered[0]
    form = request.accept_mimetypes.best_match(offered)
    if form is None:
        raise NotAcceptable(f"it comes as {' or '.join(offered)}")
    return form


def _path(model: type[M], values: dict[str, Any]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError:
        raise NotFoundError(Message("no_address", "there is nothing at this address")) from None


def _query(model: type[M] | None) -> M | None:
    lists = _lists(model) if model is not None else {}
    parameters: dict[str, Any] = {}
    problems = []
    for name, values in request.args.lists():
        for value in values:
            require_plain("the address", escaped(name[:60]), value)
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
            parameters[name] = values
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
            parameters[name] = values[0]
    if problems:
        raise InputError(*problems[:MOST_PROBLEMS])
    return _valid(model, parameters) if model is not None else None


def _header(model: type[M]) -> M:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return _valid(model, {name: request.headers[name] for name in names if name in request.headers})


def _valid(model: type[M], values: dict[str, Any]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(*islice(_sentences(error), MOST_PROBLEMS)) from None


def _sentences(error: ValidationError) -> Iterator[str]:
    for e in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part)[:60] for part in e["loc"])
        yield f"{where}: {e['msg']}" if where else e["msg"]


@lru_cache(maxsize=128)
def _lists(model: type[BaseModel]) -> dict[str, bool]:
    """The names of a query's parameters, and whether each can be repeated."""
    return {field.alias or name: get_origin(field.annotation) is list for name, field in model.model_fields.items()}
