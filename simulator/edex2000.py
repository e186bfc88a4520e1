"""EDEX2000: four files of lines of a fixed width, made for primary schools (wire C.1).

Keys have five characters and a year one, so that a secondary school hardly fits: what is longer gets a number, and the
years from 11 on are left blank.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.edexml import GENDER, school_year
from simulator.model import School

KEY = 5


def edex2000(school: School, *, short: bool = False) -> dict[str, bytes]:
    """The four files in cp1252; ``short``: lines of students end after their group."""
    groups = keys(school.homerooms)
    staff = [person for person in school.staff.values() if person.left_on is None]
    teachers = keys(person.code for person in staff)
    year, brin = school_year(school), school.brin
    place = [(brin, 4), ("", 5)]
    students = []
    for student in school.students.values():
        now = school.enrolment(student.number)
        line = [
            (student.last_name, 40), (student.prefix, 10), (student.first_name, 20),
            (f"{student.birth_date:%d%m%Y}", 8), (GENDER[student.gender], 1), ("", 1), (str(student.number), KEY),
            (groups[now.homeroom] if now else "", KEY),
        ]  # fmt: skip
        rest = [(year, 9), (student.bsn, 9), ("", 4), (student.address.postcode.replace(" ", ""), 6), ("", 8), ("", 8),
                ("", 2), *place]  # fmt: skip
        students.append(line if short else line + rest)
    return {
        "EDEXLL.TXT": _lines(students),
        "EDEXLK.TXT": _lines(
            [(person.last_name, 40), (person.prefix, 10), (person.first_name, 20), (teachers[person.code], KEY), *place]
            for person in staff
        ),
        "EDEXGR.TXT": _lines([(code, 30), ("", 1), (key, KEY), (year, 9), *place] for code, key in groups.items()),
        "EDEXLG.TXT": _lines(
            [(teachers[mentor], KEY), (groups[room.code], KEY), (year, 9), *place]
            for room in school.homerooms.values() for mentor in room.mentors if mentor in teachers
        ),
    }  # fmt: skip


def keys(codes: Iterable[str]) -> dict[str, str]:
    """A key of at most five characters for each code: itself where it fits, else a number."""
    found = list(codes)
    return {code: code if len(code) <= KEY else f"{index:05}" for index, code in enumerate(found, 1)}


def _lines(lines: Iterable[Iterable[tuple[str, int]]]) -> bytes:
    text = "".join("".join(_fixed(value, width) for value, width in line) + "\r\n" for line in lines)
    return text.encode("cp1252")


def _fixed(value: str, width: int) -> str:
    """Cut or filled to its width; a letter that cp1252 lacks is a question mark, as such exports wrote it."""
    return value.encode("cp1252", "replace").decode("cp1252")[:width].ljust(width)
