"""What the reader of Connect asks for exists: addresses, parameters, envelopes, fields and rights."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from atvo import rest_listings
from atvo.rest_listings import Field, Listing
from tests.reference.schemas import CONNECT

OPENAPI: dict[str, Any] = orjson.loads(CONNECT.read_bytes())
SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]
HERE = "/connect/vestiging/{vestigingUUID}/"
LISTINGS = [found for found in vars(rest_listings).values() if isinstance(found, Listing)]


def address(listing: Listing) -> str:
    if listing is rest_listings.VESTIGING:
        return "/connect/vestiging"
    files = (rest_listings.VOORTGANGSDOSSIER, rest_listings.EXAMENDOSSIER)
    return f"{HERE}{'leerling/{leerlingUUID}/' if listing in files else ''}{listing.path}"


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return resolved(SCHEMAS[schema["$ref"].rpartition("/")[2]]) if "$ref" in schema else schema


def answer(listing: Listing) -> dict[str, Any]:
    told = OPENAPI["paths"][address(listing)]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return dict(resolved(told)["properties"])


def strange(fields: Mapping[str, Field], schema: dict[str, Any], path: str = "") -> list[str]:
    """The fields that the schema does not have, or has in another form."""
    found: list[str] = []
    for name, field in fields.items():
        told = resolved(schema["properties"].get(name, {}))
        inner = resolved(told["items"]) if told.get("type") == "array" else told
        if not told or (told.get("type") == "array") != field.many or ("properties" in inner) != bool(field.fields):
            found.append(f"{path}{name}")
        elif field.fields:
            found += strange(field.fields, inner, f"{path}{name}.")
    return found


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_what_is_read_is_offered_in_that_form(listing: Listing) -> None:
    told = answer(listing)
    assert strange(listing.fields, resolved(resolved(told[listing.envelope])["items"])) == []


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_the_rights_that_are_looked_at_are_told(listing: Listing) -> None:
    rights = resolved(answer(listing)["veldpermissies"])
    for right in listing.rights:
        inner = rights
        for name in right.split("."):
            assert name in inner["properties"], right
            inner = resolved(inner["properties"][name])
        assert inner["type"] == "boolean", right
    assert listing.needed <= listing.rights


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_the_parameters_are_known(listing: Listing) -> None:
    known = {parameter["name"] for parameter in OPENAPI["paths"][address(listing)]["get"]["parameters"]}
    in_pages = address(listing) == f"{HERE}{listing.path}"
    assert {*listing.params, *(("offset", "amount") if in_pages else ()), "veldpermissies"} <= known


def test_the_institution_can_be_asked_for_by_its_brin() -> None:
    operation = OPENAPI["paths"]["/connect/instelling"]["get"]
    assert "brin" in {parameter["name"] for parameter in operation["parameters"]}
    assert "instellingen" in SCHEMAS["InstellingResponse"]["properties"]


def test_what_must_not_be_read_is_not_read() -> None:
    for listing in LISTINGS:
        names = {name.lower() for name in all_names(listing.fields)}
        assert names.isdisjoint({"bsn", "eckid", "adres", "gebruikersnaam", "debiteurgegevens", "edupersonrealid"})


def all_names(fields: Mapping[str, Field]) -> list[str]:
    return [*fields, *(name for field in fields.values() for name in all_names(field.fields or {}))]
