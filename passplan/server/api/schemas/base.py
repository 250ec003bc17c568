"""What all models share: instants with a zone, names, and the refusal of unknown fields."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from passplan.domain.errors import InputError
from passplan.formats.times import parse_instant


def _instant(value: Any) -> datetime:
    if not isinstance(value, str):  # a number would be taken for seconds since 1970
        raise ValueError("a time with its zone is text, such as 2026-08-08T00:00:00Z")
    try:
        return parse_instant(value)
    except InputError as error:
        raise ValueError(str(error)) from None


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
        raise ValueError("it is a whole number, in digits")
    return value


_DATE_TIME = {"type": "string", "format": "date-time", "examples": ["2026-08-08T06:00:00Z"]}
_NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"

Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema(_DATE_TIME)]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
Words = Annotated[str, StringConstraints(max_length=200, pattern=_NO_CONTROL)]
Lines = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
DIGITS = BeforeValidator(_digits)
Number = Annotated[int, Field(ge=1, le=2**62), DIGITS]
Limit = Annotated[int, Field(ge=1, le=500), DIGITS]
Cursor = Annotated[str, StringConstraints(max_length=500)]


class Parameters(BaseModel):
    """The parameters in a query, a path or a header."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Body(BaseModel):
    """A JSON body, in strict mode: values are not converted."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class IfMatch(Parameters):
    """The version to change."""

    if_match: str | None = Field(
        default=None,
        alias="If-Match",
        max_length=1_000,
        description="An ETag of an earlier answer: when it is no longer the newest, nothing is changed (412).",
    )


class NumberPath(Parameters):
    """A thing by its number."""

    number: Number


class NamePath(Parameters):
    """A thing by its id."""

    name: Name


class ProblemMessage(BaseModel):
    """One thing that is wrong. The code stays the same; the text is in the language of the reader."""

    code: str = Field(description="A code for programs; empty where the text comes from another program.")
    parameters: dict[str, Any] = Field(description="The values in the text, by name.")
    text: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it; `type` is an address on this server that explains it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[str] | None = Field(default=None, description="A sentence for each mistake.")
    messages: list[ProblemMessage] | None = Field(default=None, description="The same for programs.")
