"""What is asked of a UWLR service: one envelope, in the words of its version (wire B.4, B.5).

zeep makes it from a WSDL of our own that holds the request alone: the standard fixes it to the letter, and many valid
answers are more than zeep can read (wire B.7).
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import Any

import zeep
from lxml import etree
from zeep.transports import Transport

from vocus.uwlr_settings import UwlrSettings

logging.getLogger("zeep").setLevel(logging.WARNING)  # below that it logs what it sends, keys and all

OPERATION = "HaalLeerlinggegevens"
ACTION = f'"{OPERATION}"'


def envelope(settings: UwlrSettings, year: str, since: datetime | None) -> bytes:
    """The request for a school year; ``since`` (aware) is when it was asked before: None asks for everything."""
    asked = {
        "schooljaar": year, "brincode": settings.brin, "dependancecode": settings.dependance,
        "schoolkey": settings.schoolkey, "xsdversie": settings.version, "gegevenssetid": settings.set,
        "laatstontvangengegevens": since.astimezone(UTC).replace(microsecond=0) if since else None,
    }  # fmt: skip
    authorisation = {
        "autorisatiesleutel": settings.authorisation_key.get_secret_value(), "klantcode": settings.customer_code,
        "klantnaam": settings.customer_name,
    }  # fmt: skip
    client: Any = _client(settings.version[0])
    said = {name: value for name, value in asked.items() if value}
    message = client.create_message(client.service, OPERATION, **said, _soapheaders={"header": authorisation})
    made: bytes = etree.tostring(message, xml_declaration=True, encoding="utf-8")
    return made


class _Nowhere(Transport):
    """The WSDL refers to nothing, so nothing is ever fetched."""

    def load(self, url: Any) -> bytes:
        raise ValueError("a WSDL of our own refers to nothing")


@lru_cache(maxsize=2)
def _client(generation: str) -> zeep.Client:
    text = resources.files("vocus").joinpath("wsdl", f"uwlr-{generation}.wsdl").read_bytes()
    return zeep.Client(BytesIO(text), transport=_Nowhere())  # type: ignore[no-untyped-call]
