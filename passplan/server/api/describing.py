"""The API's OpenAPI document: parameters, bodies and answers of each address, with every possible status."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from flask import Blueprint
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from passplan import __version__
from passplan.server.api.schemas.answers import model_of
from passplan.server.api.schemas.base import Body, Problem
from passplan.server.api.schemas.requests import NoPlaceProblem

PREFIX = "/api/v1"
PARTS = ("path", "query", "header", "body")  # the inputs of a view, by the names of its arguments
JSON, CSV, GEOJSON, PROBLEM = "application/json", "text/csv", "application/geo+json", "application/problem+json"
TOKEN = "token"  # noqa: S105 -- the scheme's name

_REFUSALS = {
    400: "It could not be read",
    401: "There is no token, or it has expired or was revoked",
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

_ABOUT = (
    "Satellite passes and fair uplink schedules. Identity is a token, `Authorization: Bearer pp_…`; times are UTC, "
    "RFC 3339; errors are problems as RFC 9457 has them. What is answered is what the token's account may see."
)
_SCHEMAS = "#/components/schemas/{model}"

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """The responses of an address. Its inputs are the annotations of its view: `path`, `query`, `header`, `body`."""

    kind: type[Any] | None  # a row or a model; None: a response without a body
    forms: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (200,)
    refused: frozenset[int] = frozenset()
    etag: bool = False
    link: bool = False
    public: bool = True
    no_place: bool = False
    body: type[Body] | None = None  # of a view that reads its body itself

    @property
    def model(self) -> type[BaseModel] | None:
        """The model of the body. It is built when the document is requested: all models take a third of a second."""
        return _model(self.kind) if self.kind is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An address and a method of the API."""

    noun: str
    method: str
    rule: str
    view: Callable[..., Any]
    responses: Responses

    @property
    def path(self) -> str:
        """The address, with its parameters as OpenAPI writes them."""
        return PREFIX + re.sub(r"<(\w+)>", r"{\1}", self.rule)

    @property
    def takes(self) -> dict[str, type[BaseModel]]:
        """The models of its inputs: path, query, header and body."""
        hints = {name: kind for name, kind in get_type_hints(self.view).items() if name in PARTS}
        return hints if self.responses.body is None else hints | {"body": self.responses.body}


@dataclass(frozen=True, slots=True)
class Noun:
    """The addresses of one noun: their routes in Flask, and their description."""

    name: str
    blueprint: Blueprint = field(init=False)
    operations: list[Operation] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blueprint", Blueprint(f"api_{self.name}", __name__, url_prefix=PREFIX))

    def get(self, rule: str, responses: Responses) -> Callable[[V], V]:
        """Route GET of an address to a view."""
        return self._route("get", rule, responses)

    def post(self, rule: str, responses: Responses) -> Callable[[V], V]:
        """Route POST of an address to a view."""
        return self._route("post", rule, responses)

    def delete(self, rule: str, responses: Responses) -> Callable[[V], V]:
        """Route DELETE of an address to a view."""
        return self._route("delete", rule, responses)

    def _route(self, method: str, rule: str, responses: Responses) -> Callable[[V], V]:
        def decorate(view: V) -> V:
            operation = Operation(noun=self.name, method=method, rule=rule, view=view, responses=responses)
            self.operations.append(operation)
            self.blueprint.add_url_rule(rule, view_func=view, methods=[method.upper()])
            return view

        return decorate


def reads(
    answer: type[Any],
    *forms: str,
    refused: Iterable[int] = (),
    etag: bool = False,
    link: bool = False,
    public: bool = True,
) -> Responses:
    """The responses of a GET.

    Args:
        answer: the row that is answered as JSON.
        forms: content types beside JSON; instead of it where GeoJSON is among them.
        refused: statuses beside those that are always possible.
        etag: whether it has a version.
        link: whether it comes in pages.
        public: whether it can be read without a token, where the public view is on.
    """
    return Responses(kind=answer, forms=forms, refused=frozenset(refused), etag=etag, link=link, public=public)


def changes(
    answer: type[Any] | None,
    *statuses: int,
    body: type[Body] | None = None,
    refused: Iterable[int] = (),
    etag: bool = False,
    no_place: bool = False,
) -> Responses:
    """The responses of a POST or a DELETE.

    Args:
        answer: the row that is answered as JSON; None: nothing.
        statuses: of success; 201 has a Location.
        body: the model of the body, where the view has no annotation for it.
        refused: statuses beside those that are always possible, 403 and 404.
        etag: whether it changes a version, and answers the new one.
        no_place: whether a conflict can list free places.
    """
    more = frozenset({403, 404, *refused, *((409, 412) if etag else ())})
    return Responses(
        kind=answer,
        statuses=statuses or (200,),
        refused=more,
        etag=etag,
        public=False,
        no_place=no_place,
        body=body,
    )


def document(nouns: Sequence[Noun], *, public_view: bool) -> dict[str, Any]:
    """The OpenAPI document.

    Args:
        nouns: with all addresses.
        public_view: whether some of them can be read without a token.
    """
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    bodies: set[type[BaseModel]] = set()
    answers: set[type[BaseModel]] = {Problem, NoPlaceProblem}
    for operation in (o for noun in nouns for o in noun.operations):
        paths.setdefault(operation.path, {})[operation.method] = _described(operation, schemas, public_view=public_view)
        answers |= {operation.responses.model} if operation.responses.model is not None else set()
        bodies |= {operation.takes["body"]} if "body" in operation.takes else set()
    models = sorted(bodies | answers, key=lambda model: model.__name__)
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "validation" if model in bodies else "serialization") for model in models
    ]
    schemas |= models_json_schema(modes, ref_template=_SCHEMAS)[1]["$defs"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "passplan", "description": _ABOUT, "version": __version__},
        "tags": [{"name": noun.name} for noun in nouns],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {f"Problem{status}": _problem(status) for status in _REFUSALS},
            "securitySchemes": {TOKEN: {"type": "http", "scheme": "bearer", "description": "A token of an account."}},
        },
    }


def _described(operation: Operation, schemas: dict[str, Any], *, public_view: bool) -> dict[str, Any]:
    responses, takes = operation.responses, operation.takes
    is_open = public_view and responses.public
    description: dict[str, Any] = {
        "tags": [operation.noun],
        "summary": _about(operation.view),
        "operationId": f"{operation.noun}_{operation.view.__name__}",
        "responses": _responses(responses, has_body="body" in takes),
        "security": [{TOKEN: []}, *([{}] if is_open else [])],
    }
    parameters = [
        p for where in PARTS if where in takes and where != "body" for p in _parameters(where, takes, schemas)
    ]
    if parameters:
        description["parameters"] = parameters
    if "body" in takes:
        needed = any(f.is_required() for f in takes["body"].model_fields.values())
        description["requestBody"] = {"required": needed, "content": {JSON: {"schema": _ref(takes["body"])}}}
    return description


def _responses(responses: Responses, *, has_body: bool) -> dict[str, Any]:
    model = responses.model
    content: dict[str, Any] = {JSON: {"schema": _ref(model)}} if model is not None else {}
    for form in responses.forms:
        content[form] = {"schema": _ref(model) if form == GEOJSON and model is not None else {"type": "string"}}
    headers = ({"ETag": _ETAG} if responses.etag else {}) | ({"Link": _LINK} if responses.link else {})
    by_status: dict[str, Any] = {}
    for status in responses.statuses:
        all_headers = ({"Location": _LOCATION} if status == 201 else {}) | headers
        by_status[str(status)] = {
            "description": _about(model) if model is not None else "Done",
            **({"content": content} if content else {}),
            **({"headers": all_headers} if all_headers else {}),
        }
    for status in sorted({*_ALWAYS, *responses.refused, *((413, 415) if has_body else ())}):
        by_status[str(status)] = {"$ref": f"#/components/responses/Problem{status}", "description": _REFUSALS[status]}
    if responses.no_place:
        schema = {"schema": _ref(NoPlaceProblem)}
        by_status["409"] = {"description": _about(NoPlaceProblem), "content": {PROBLEM: schema}}
    return by_status


def _parameters(where: str, takes: dict[str, type[BaseModel]], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of a model; schemas that it refers to are added to `schemas`."""
    schema = takes[where].model_json_schema(ref_template=_SCHEMAS)
    schemas |= schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": where,
            **({"description": kind["description"]} if "description" in kind else {}),
            "required": name in schema.get("required", ()),
            "schema": _plain(kind),
        }
        for name, kind in schema.get("properties", {}).items()
    ]


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, which may be absent and is never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "title", "description")}
    if rest.get("default", ...) is None:
        del rest["default"]
    return rest | (kinds[0] if len(kinds) == 1 else {})


def _problem(status: int) -> dict[str, Any]:
    response = {"description": _REFUSALS[status], "content": {PROBLEM: {"schema": _ref(Problem)}}}
    return response | ({"headers": {"Retry-After": _RETRY}} if status in (429, 503) else {})


def _model(kind: type[Any]) -> type[BaseModel]:
    return kind if issubclass(kind, BaseModel) else model_of(kind)


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _SCHEMAS.format(model=model.__name__)}


def _about(thing: Callable[..., Any]) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]
