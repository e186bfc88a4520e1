"""What is taught: subjects, studies, profiles, and who takes what. A table, not a rule book."""

from __future__ import annotations

from simulator.model import Study, Subject

SUBJECTS = (
    Subject("ne", "Nederlands", "numbers"),
    Subject("en", "Engels", "numbers"),
    Subject("fa", "Frans", "numbers"),
    Subject("du", "Duits", "numbers"),
    Subject("wi", "wiskunde", "numbers"),
    Subject("wisA", "wiskunde A", "numbers"),
    Subject("wisB", "wiskunde B", "numbers"),
    Subject("na", "natuurkunde", "numbers"),
    Subject("sk", "scheikunde", "numbers"),
    Subject("bi", "biologie", "numbers"),
    Subject("gs", "geschiedenis", "numbers"),
    Subject("ak", "aardrijkskunde", "numbers"),
    Subject("ec", "economie", "numbers"),
    Subject("beco", "bedrijfseconomie", "numbers"),
    Subject("ma", "maatschappijleer", "numbers"),
    Subject("lo", "lichamelijke opvoeding", "letters"),
    Subject("bv", "beeldende vorming", "letters"),
    Subject("ckv", "culturele en kunstzinnige vorming", "letters"),
    Subject("men", "mentoruur", "none"),
    Subject("gem", "gemiddelde over alle vakken", "computed"),
)
TRACKS = {"t": "vmbo-t", "h": "havo", "v": "vwo"}

_ORDER = "H4 H4 T2 V1 V5 H1 T4 V3 H5 T1 V6 H2 T3 V2 H3 V4 H1 V1 T1 H2 V2 T2 H3 V3 T3 V4 H5 T4 V5 H4 V6"
CLASS_ORDER = tuple(_ORDER.split())
"""The studies in which homerooms are opened, one after the other. Two of H4 come first, so that a student can
change class in a school of any size."""

PROFILES = {
    "NT": "Natuur & Techniek",
    "NG": "Natuur & Gezondheid",
    "EM": "Economie & Maatschappij",
    "CM": "Cultuur & Maatschappij",
    "TE": "Techniek",
    "ZW": "Zorg & Welzijn",
    "EC": "Economie",
    "LA": "Landbouw",
}
_HAVO_VWO = {
    "NT": ("wisB", "na", "sk", "bi", "ak"),
    "NG": ("wisA", "bi", "sk", "na", "du"),
    "EM": ("wisA", "ec", "gs", "beco", "du"),
    "CM": ("wisA", "gs", "ak", "fa", "du"),
}
_VMBO = {
    "TE": ("wi", "na", "sk", "gs", "ec"),
    "ZW": ("wi", "bi", "ak", "gs", "du"),
    "EC": ("wi", "ec", "du", "ak", "gs"),
    "LA": ("wi", "bi", "na", "ec", "ak"),
}
HOURS = {"ne": 3, "en": 3, "wi": 3, "wisA": 3, "wisB": 3, "lo": 1, "bv": 1, "ckv": 1}
"""Lessons a week, where it is not 2."""
DOUBLE = frozenset({"lo", "bv"})
"""Subjects that are taught two hours on end."""


def study(code: str) -> Study:
    return Study(code, TRACKS[code[0].lower()], int(code[1]))


def upper(study: Study) -> bool:
    """Whether profiles are chosen and exam columns exist in this year."""
    return study.level >= (3 if study.track == "vmbo-t" else 4)


def profiles_of(study: Study) -> tuple[str, ...]:
    if not upper(study):
        return ()
    return tuple(_VMBO) if study.track == "vmbo-t" else tuple(_HAVO_VWO)


def common_subjects(study: Study) -> tuple[str, ...]:
    """What every student of the study takes, with their own homeroom."""
    level = study.level
    if not upper(study):
        more = (("du", "na") if level >= 2 else ()) + (("sk", "ec") if level >= 3 else ())
        return ("ne", "en", "fa", "wi", "gs", "ak", "bi", *more, "lo", "bv")
    if study.track == "vmbo-t":
        return ("ne", "en", "ma", "lo") if level == 3 else ("ne", "en", "lo")
    return ("ne", "en", "lo", "ckv", "ma") if level == 4 else ("ne", "en", "lo")


def profile_subjects(profile: str) -> tuple[str, ...]:
    """What a profile adds, with students of other homerooms."""
    return _HAVO_VWO[profile] if profile in _HAVO_VWO else _VMBO.get(profile, ())
