"""Words that the make-believe school is made of. Any likeness to a person is chance."""

from __future__ import annotations

_GIRLS = (
    "Noor Sanne Lotte Fleur Eva Julia Mila Tess Sara Anna Roos Isa Lieke Maud Fenna Femke Jasmijn Britt Amber Yara "
    "Nina Iris Evi Puck Merel Sofie Esmee Floor Hanna Marit Zoë Aïsha Chloë Naïma Leïla Renée Inès Şeyma Zofia"
)
_BOYS = (
    "Daan Sem Bram Lucas Finn Levi Jesse Thijs Luuk Milan Tijn Ruben Gijs Stijn Siem Teun Jelle Hugo Koen Niels "
    "Mees Guus Lars Joep Timo Wout Jurre Boaz Amir Yusuf Björn José André Łukasz Ömer Jörg Noël René Mátyás Søren"
)
GIRLS = tuple(_GIRLS.split())
BOYS = tuple(_BOYS.split())
LAST = (
    ("", "Bakker"), ("", "Visser"), ("", "Smit"), ("", "Meijer"), ("", "Mulder"), ("", "Bos"), ("", "Vos"),
    ("", "Peters"), ("", "Hendriks"), ("", "Dekker"), ("", "Brouwer"), ("", "Dijkstra"), ("", "Kuipers"),
    ("", "Postma"), ("", "Veenstra"), ("", "Kramer"), ("", "Schouten"), ("", "Prins"), ("", "Huisman"),
    ("", "Koster"), ("", "Yılmaz"), ("", "Öztürk"), ("", "El Amrani"), ("", "Nguyen"), ("", "Kowalski"),
    ("", "García"), ("", "Çelik"), ("", "Šimić"), ("", "Müller"), ("", "Françoise"), ("", "Roda-Veldhuis"),
    ("de", "Vries"), ("de", "Groot"), ("de", "Bruin"), ("de", "Haan"), ("de", "Wit"), ("de", "Ruijter"),
    ("van", "Dijk"), ("van", "Leeuwen"), ("van", "Vliet"), ("van", "Beek"), ("van", "Doorn"), ("van", "Dam"),
    ("van den", "Berg"), ("van den", "Bosch"), ("van den", "Heuvel"), ("van der", "Meer"), ("van der", "Linden"),
    ("van der", "Veen"), ("van der", "Wal"), ("van 't", "Hof"), ("in 't", "Veld"), ("ter", "Horst"),
    ("ten", "Brink"), ("op de", "Laak"), ("uit den", "Bogaard"), ("den", "Hartog"), ("el", "Idrissi"),
)  # fmt: skip
STREETS = (
    "Lindelaan", "Wilgenpad", "Dorpsweg", "Kanaaldijk", "Molenstraat", "Schoolpad", "Beukenhof", "Merelstraat",
    "Waterkant", "Oude Rijweg", "Ganzenveld", "Tulpstraat", "Boomgaard", "Steenweg", "Prinsenhof", "Zandpad",
)  # fmt: skip
TOWNS = ("Waterlinge", "Oosterdrecht", "Nieuwermeer", "Zandwoude", "Hogeveldt")
"""Towns that do not exist."""

LONG_FIRST = "Maximiliana-Wilhelmina Frederique Alexandrina"
LONG_LAST = (
    "Hoogstraten-Oudenallen tot Nederhorst en Overmeer-Zuylesteyn geboren Amstelhoven van Renswoudenburg-Wittenhorst"
)

CANARY_FIRST_NAME = "CANARY-Kanarie"
CANARY_LAST_NAME = "CANARY-Vogelaar"
CANARY_BSN = "999999990"
CANARY_PASSWORD = "-".join(("CANARY", "Zangvogel77"))
CANARY_STREET = "CANARY-Kooistraat"
CANARY_POSTCODE = "9999 ZZ"
CANARY_EMAIL = "canary-leerling@canary.example"
CANARY_PHONE = "06-99999990"
CANARY_BIRTH_YEAR = 2011
CANARY_GUARDIAN_FIRST_NAME = "CANARY-Moeder"
CANARY_GUARDIAN_LAST_NAME = "CANARY-Volière"
CANARY_GUARDIAN_EMAIL = "canary-ouder@canary.example"
CANARY_GUARDIAN_PHONE = "06-99999991"
