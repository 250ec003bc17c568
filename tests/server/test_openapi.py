"""The document of the API: that it is one, and that every answer is as it says."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.server.fuzzing import failures
from tests.server.site import Site, with_settings


@pytest.fixture(scope="module")
def document(still: Site) -> dict[str, Any]:
    found: dict[str, Any] | None = still.app.test_client().get("/openapi.json").json
    assert found is not None
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def test_the_document_is_open_api_3_1_and_needs_no_token(document: dict[str, Any]) -> None:
    validate(document)

    assert "3.1.0" == document["openapi"]
    assert {"type": "http", "scheme": "bearer"}.items() <= document["components"]["securitySchemes"]["token"].items()


def test_every_operation_has_its_own_name_and_a_sentence(document: dict[str, Any]) -> None:
    found = operations(document)

    assert len(found) == len({o["operationId"] for o in found.values()})
    assert [] == [label for label, o in found.items() if not o["summary"].strip().endswith(".")]


def test_every_error_is_a_problem_and_every_answer_has_its_model(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    for label, operation in operations(document).items():
        assert {"400", "401", "406", "422", "429", "503"} <= set(operation["responses"]), label
        assert ({"403", "404"} <= set(operation["responses"])) or label.startswith("GET"), label
        assert ({"413", "415"} <= set(operation["responses"])) == ("requestBody" in operation), label
        for status, response in operation["responses"].items():
            named = response.get("$ref", "").rpartition("/")[2]
            content = responses[named]["content"] if named else response.get("content", {})
            kinds = set(content)
            assert ({"application/problem+json"} == kinds) == (status >= "400"), (label, status)
            assert status == "204" or all(
                "$ref" in c["schema"] or c["schema"] == {"type": "string"} for c in content.values()
            )


def test_a_token_is_needed_but_where_the_public_may_look(still: Site, document: dict[str, Any]) -> None:
    open_ = with_settings(still, public_view=True).app.test_client().get("/openapi.json").json
    assert open_ is not None
    without = {label for label, o in operations(open_).items() if {} in o["security"]}

    assert {"GET /api/v1/passes", "GET /api/v1/contacts/{number}", "GET /api/v1/map"} <= without
    assert not {"GET /api/v1/me", "GET /api/v1/requests", "POST /api/v1/requests", "GET /api/v1/status"} & without
    assert all([{"token": []}] == o["security"] for o in operations(document).values())


def test_parameters_are_as_they_are_read(document: dict[str, Any]) -> None:
    found = {
        p["name"]: p["schema"]
        for o in operations(document).values()
        for p in o.get("parameters", ())
        if p["name"] in ("start", "limit", "If-Match", "number")
    }

    assert "date-time" == found["start"]["format"]
    assert (1, 500) == (found["limit"]["minimum"], found["limit"]["maximum"])
    assert {"If-Match", "number"} <= set(found)


@pytest.mark.parametrize("who", ["admin", "esa", ""])
def test_every_answer_is_as_the_document_says(site: Site, who: str) -> None:
    """Statuses, types, headers and bodies; what is not as it should be is refused, and nothing is a mistake of ours."""
    if not who:
        site = with_settings(site, public_view=True)

    assert [] == list(failures(site, who, examples=8))
