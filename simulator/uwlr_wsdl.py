"""The WSDL that the UWLR service gives: what a client needs to ask; of answers it says only that they are XML."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr


def wsdl(version: str, namespace: str, authorisation: str, address: str) -> str:
    """``address`` is the URL of the port."""
    first = version == "1.0"
    asked, answered = ("leerlinggegevensverzoek", "leerlinggegevensantwoord") if first else (
        "leerlinggegevens_verzoek", "leerlinggegevens_antwoord"
    )  # fmt: skip
    school = ["brincode", "dependancecode", "schoolkey"]
    fields = ["schooljaar", *school, "xsdversie", *([] if first else ["gegevenssetid"])]
    elements = "".join(_element(name, "xs:string", optional=name in (*school, "gegevenssetid")) for name in fields)
    elements += _element("laatstontvangengegevens", "xs:dateTime", optional=True)
    keys = "".join(_element(name, "xs:string") for name in ("autorisatiesleutel", "klantcode", "klantnaam"))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:lg="{namespace}" xmlns:aut="{authorisation}"
  targetNamespace="{namespace}">
<wsdl:types>
<xs:schema elementFormDefault="qualified" targetNamespace="{namespace}">
<xs:element name="{asked}"><xs:complexType><xs:sequence>{elements}</xs:sequence></xs:complexType></xs:element>
<xs:element name="{answered}"><xs:complexType><xs:sequence><xs:any processContents="skip"/></xs:sequence>
</xs:complexType></xs:element>
</xs:schema>
<xs:schema elementFormDefault="qualified" targetNamespace="{authorisation}">
<xs:element name="autorisatie"><xs:complexType><xs:sequence>{keys}</xs:sequence></xs:complexType></xs:element>
</xs:schema>
</wsdl:types>
<wsdl:message name="header"><wsdl:part name="header" element="aut:autorisatie"/></wsdl:message>
<wsdl:message name="asked"><wsdl:part name="asked" element="lg:{asked}"/></wsdl:message>
<wsdl:message name="answered"><wsdl:part name="answered" element="lg:{answered}"/></wsdl:message>
<wsdl:portType name="prtLeerlinggegevens"><wsdl:operation name="HaalLeerlinggegevens">
<wsdl:input message="lg:asked"/><wsdl:output message="lg:answered"/></wsdl:operation></wsdl:portType>
<wsdl:binding name="bndLeerlinggegevens" type="lg:prtLeerlinggegevens">
<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
<wsdl:operation name="HaalLeerlinggegevens"><soap:operation soapAction="HaalLeerlinggegevens"/>
<wsdl:input><soap:header message="lg:header" part="header" use="literal"/><soap:body use="literal"/></wsdl:input>
<wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>
</wsdl:binding>
<wsdl:service name="LeerlinggegevensService"><wsdl:port name="prtLeerlinggegevensService"
  binding="lg:bndLeerlinggegevens"><soap:address location={quoteattr(address)}/></wsdl:port></wsdl:service>
</wsdl:definitions>
"""


def _element(name: str, type_: str, *, optional: bool = False) -> str:
    least = ' minOccurs="0"' if optional else ""
    return f'<xs:element name="{name}" type="{type_}"{least}/>'
