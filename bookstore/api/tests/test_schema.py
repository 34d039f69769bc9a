"""The API's description of itself: valid OpenAPI 3.1, complete, and its examples are valid against it."""

import jsonschema
import jsonschema_rs
import pytest
from drf_spectacular.validation import validate_schema

OPERATIONS = 17


@pytest.fixture(scope="module")
def schema():
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_served_to_everyone_in_both_spellings(client, db):
    answers = [client.get(path) for path in ("/api/schema", "/api/schema/")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["openapi"] == "3.1.0"


def test_it_is_valid(schema):
    validate_schema(schema)


def test_every_operation_is_described(schema):
    found = list(operations(schema))

    assert len(found) == OPERATIONS
    assert len({operation["operationId"] for *_, operation in found}) == OPERATIONS
    for _, _, operation in found:
        assert operation["description"]
        assert operation["tags"]
        assert {"400", "429"} <= operation["responses"].keys()


def test_addresses_are_described_without_a_slash(schema):
    assert not [path for path in schema["paths"] if path.endswith("/")]


def test_every_body_has_an_example_that_is_valid(schema):
    for path, method, operation in operations(schema):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [answer for status, answer in operation["responses"].items() if status in ("200", "201")]
        for body in bodies:
            content = body["content"]["application/json"]
            assert content["examples"], (method, path)
            for example in content["examples"].values():
                check(example["value"], content["schema"], schema)


def test_every_parameter_that_is_no_mere_filter_has_a_valid_example(schema):
    for path, _, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            if parameter["in"] in ("path", "header"):
                assert parameter["examples"], (path, parameter["name"])
                for example in parameter["examples"].values():
                    check(example["value"], parameter["schema"], schema)


def test_an_example_that_does_not_fit_is_seen(schema):
    with pytest.raises(jsonschema.ValidationError):
        check({"isbn13": "9781916040014", "quantity": "2"}, {"$ref": "#/components/schemas/NewLine"}, schema)


def test_unknown_fields_are_outside_the_schema_of_every_request(schema):
    for _, _, operation in operations(schema):
        if body := operation.get("requestBody"):
            name = body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            assert schema["components"]["schemas"][name]["additionalProperties"] is False


def test_who_needs_a_token_is_told(schema):
    without = {op["operationId"] for *_, op in operations(schema) if not op.get("security")}

    assert without == {
        "obtainTokens", "refreshTokens", "revokeTokens", "listBooks", "getBook", "listDeliveryMethods"
    }  # fmt: skip


def check(value, part, schema):
    """Raises jsonschema.ValidationError. By two validators: each overlooks something."""
    whole = part | {"components": schema["components"]}
    checker = jsonschema.FormatChecker()
    jsonschema.validate(value, whole, jsonschema.Draft202012Validator, format_checker=checker)
    assert jsonschema_rs.validator_for(whole, validate_formats=True).is_valid(value)
