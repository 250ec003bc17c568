"""The models of answers, for the API's document: generated from the rows that are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from passplan.domain.facts import Fact
from passplan.domain.network import AntennaRef
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import Column, columns_of
from passplan.domain.span import Span
from passplan.server.api.schemas.base import Time


class Answer(BaseModel):
    """An answer: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class SpanRow(Answer):
    """A span of time."""

    start: Time
    end: Time


class Repetition(Answer):
    """A number of contacts in each period."""

    times: int
    period: str
    min_spacing_s: float
    max_gap_s: float | None = None


class Split(Answer):
    """Parts of a long contact."""

    max_parts: int
    min_part_s: float


class RequestDocument(Answer):
    """A request as the request file has it; empty fields are left out."""

    id: str
    agency: str
    satellite: str
    link: str
    start: Time
    end: Time
    min_s: float
    wanted_s: float
    priority: str
    weight: float
    stations: list[str] = Field(default=[])
    arrays: list[list[str]] = Field(default=[])
    min_elevation_deg: float | None = None
    setup_s: float | None = None
    teardown_s: float | None = None
    during: list[str] = Field(default=[])
    repetition: Repetition | None = None
    split: Split | None = None
    group: str = ""
    preference: str
    activity: str
    note: str = ""


_TYPES: dict[Any, Any] = {
    datetime: Time,
    date: Annotated[str, Field(json_schema_extra={"format": "date"})],
    Span: SpanRow,
    Fact: str,
    AntennaRef: str,
    ContactRequest: RequestDocument,
    object: Any,
}


def model_of(kind: type[Any]) -> type[BaseModel]:
    """The model of a row; its descriptions are the help of the columns."""
    key: Any = kind
    return _model_of(key)


@lru_cache(maxsize=256)
def _model_of(kind: Any) -> type[BaseModel]:
    fields: dict[str, Any] = {c.name: (_type_of(c), _field_of(c)) for c in columns_of(kind)}
    model: type[BaseModel] = create_model(kind.__name__, __base__=Answer, __doc__=kind.__doc__, **fields)
    return model


def _field_of(c: Column) -> Any:
    alias = c.key if c.key != c.name else None
    return Field(default=None if c.is_omitted else ..., alias=alias, description=c.help or None)


def _type_of(c: Column) -> Any:
    kind = str if c.is_joined else _model_type(c.type)
    return kind | None if c.is_optional and c.type is not Fact else kind


def _model_type(kind: Any) -> Any:
    if kind in _TYPES:
        return _TYPES[kind]
    origin = get_origin(kind)
    if origin is tuple:
        return list[_model_type(get_args(kind)[0])]  # type: ignore[misc]
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[str, _model_type(get_args(kind)[1])]  # type: ignore[misc]
    return model_of(kind) if isinstance(kind, type) and is_dataclass(kind) else kind
