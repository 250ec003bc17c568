"""The API's document: what each address takes and answers, with every status that can come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_openapi import APIBlueprint
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from passplan.server.api.application import Application
from passplan.server.api.schemas.answers import model_of
from passplan.server.api.schemas.base import Body, Problem
from passplan.server.api.schemas.requests import NoPlaceProblem

PREFIX = "/api/v1"
JSON, CSV, GEOJSON, PROBLEM = "application/json", "text/csv", "application/geo+json", "application/problem+json"
TOKEN = "token"  # noqa: S105 -- the scheme's name

_REFUSALS = {
    400: "It could not be read",
    401: "There is no token, or it counts no more",
    403: "The account may not do that",
    404: "There is no such thing, or it may not be seen",
    406: "There is no such form of it",
    409: "It does not go together with what is there",
    412: "It was changed meanwhile",
    413: "More than 1 MB",
    415: "No JSON",
    422: "Something in it cannot be used",
    429: "Too many calls",
    503: "The store cannot be used now",
}
_ALWAYS = (400, 401, 406, 422, 429, 503)
_ETAG = {"description": "The version, for If-Match.", "schema": {"type": "string"}}
_LOCATION = {"description": "Where it is.", "required": True, "schema": {"type": "string"}}
_LINK = {"description": "The next page, where there is one.", "schema": {"type": "string"}}
_RETRY = {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}

_GIVEN: JsonSchemaMode = "validation"
_ANSWERED: JsonSchemaMode = "serialization"

_models: set[type[BaseModel]] = {Problem, NoPlaceProblem}


class ApiBlueprint(APIBlueprint):
    """The addresses of one noun."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"api_{name}",
            __name__,
            url_prefix=PREFIX,
            abp_tags=[{"name": name}],
            operation_id_callback=_operation_id,
        )


def reads(
    answer: type[Any],
    *forms: str,
    refused: Iterable[int] = (),
    etag: bool = False,
    link: bool = False,
    public: bool = True,
) -> dict[str, Any]:
    """What a GET answers, for its decorator.

    Args:
        answer: the row that is answered as JSON.
        forms: others than JSON, or instead of it where GeoJSON is among them.
        refused: statuses beside those that can always come.
        etag: whether it has a version.
        link: whether it comes in pages.
        public: whether it can be read without a token, where the service lets the public look.
    """
    content: dict[str, Any] = {JSON: {"schema": _ref(answer)}}
    content |= {form: {"schema": _ref(answer) if form == GEOJSON else {"type": "string"}} for form in forms}
    headers = ({"ETag": _ETAG} if etag else {}) | ({"Link": _LINK} if link else {})
    done: dict[str, Any] = {"description": _about(answer), "content": content}
    found = {"responses": {"200": done | ({"headers": headers} if headers else {}), **_refusals(refused)}}
    return found if public else found | {"security": [{TOKEN: []}]}


def changes(
    answer: type[Any] | None,
    *statuses: int,
    body: type[Body] | None = None,
    refused: Iterable[int] = (),
    etag: bool = False,
    no_place: bool = False,
) -> dict[str, Any]:
    """What a POST or a DELETE takes and answers, for its decorator.

    Args:
        answer: the row that is answered as JSON; None: nothing.
        statuses: of what was done; 201 has a Location.
        body: what is sent.
        refused: statuses beside those that can always come and 403 and 404.
        etag: whether it changes a version, and answers the next.
        no_place: whether a conflict can have places that are free instead.
    """
    done: dict[str, Any] = {}
    for status in statuses or (200,):
        one: dict[str, Any] = {"description": _about(answer) if answer is not None else "Done"}
        headers = ({"Location": _LOCATION} if status == 201 else {}) | ({"ETag": _ETAG} if etag else {})
        one |= {"content": {JSON: {"schema": _ref(answer)}}} if answer is not None else {}
        done[str(status)] = one | ({"headers": headers} if headers else {})
    more = {403, 404, *refused, *((409, 412) if etag else ()), *((413, 415) if body is not None else ())}
    found: dict[str, Any] = {"security": [{TOKEN: []}], "responses": {**done, **_refusals(more)}}
    if no_place:
        conflict = {"description": _about(NoPlaceProblem), "content": {PROBLEM: {"schema": _ref(NoPlaceProblem)}}}
        found["responses"]["409"] = conflict
    if body is not None:
        needed = any(f.is_required() for f in body.model_fields.values())
        found["request_body"] = {"required": needed, "content": {JSON: {"schema": _ref(body)}}}
    return found


def document(app: Application, *, public_view: bool) -> dict[str, Any]:
    """The whole document.

    Args:
        app: with all addresses.
        public_view: whether some of them can be read without a token.
    """
    app.security_schemes = {TOKEN: {"type": "http", "scheme": "bearer", "description": "A token of an account."}}
    whole: dict[str, Any] = dict(app.api_doc)
    models = sorted(_models, key=lambda model: model.__name__)
    kinds = [(m, _GIVEN if issubclass(m, Body) else _ANSWERED) for m in models]
    _, found = models_json_schema(kinds, ref_template="#/components/schemas/{model}")
    schemas = whole["components"].setdefault("schemas", {})
    schemas |= found["$defs"]
    whole["components"]["responses"] = {f"Problem{status}": _problem(status) for status in _REFUSALS}
    for item in whole["paths"].values():
        for operation in item.values():
            operation.setdefault("security", [{TOKEN: []}, *([{}] if public_view else [])])
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _plain(parameter["schema"])
    return whole


def _operation_id(*, name: str, bp_name: str, **_others: str) -> str:
    """The noun and what is done, such as requests_withdraw."""
    return f"{bp_name.removeprefix('api_')}_{name}"


def _ref(kind: type[Any]) -> dict[str, str]:
    model = kind if issubclass(kind, BaseModel) else model_of(kind)
    _models.add(model)
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _about(kind: type[Any]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def _refusals(more: Iterable[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in sorted({*_ALWAYS, *more}):
        found[str(status)] = {"$ref": f"#/components/responses/Problem{status}", "description": _REFUSALS[status]}
    return found


def _problem(status: int) -> dict[str, Any]:
    found = {"description": _REFUSALS[status], "content": {PROBLEM: {"schema": _ref(Problem)}}}
    return found | ({"headers": {"Retry-After": _RETRY}} if status in (429, 503) else {})


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, which is there or not, and never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "title", "description")}
    return rest | (kinds[0] if len(kinds) == 1 else {})
