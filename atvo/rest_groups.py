"""Locations, subjects and groups: rows of Connect to canonical records. Pure (wire 5.4)."""

from __future__ import annotations

from collections.abc import Sequence

from atvo.rest_rows import Item, Layout, each, key, objects, reference
from canonical.records import Group, GroupMember, GroupStaff, Key, Location, Record, Subject
from canonical.terms import GroupKind, StaffRole
from connectors.rows import Row

MENTORS = {"EersteMentorStamgroep": 1, "TweedeMentorStamgroep": 2}


def location(_item: Item, row: Row, _layout: Layout) -> Sequence[Record]:
    return row.finish([Location(key=key(row, "uuid"), name=row.required("naam"))])


def subject(_item: Item, row: Row, _layout: Layout) -> Sequence[Record]:
    return row.finish([Subject(key=key(row, "uuid"), code=row.required("afkorting"), name=row.text("naam"))])


def homeroom(item: Item, row: Row, layout: Layout) -> Sequence[Record]:
    """A homeroom (stamgroep) with its students and mentors. It does not say of which school year it is."""
    own = key(row, "uuid")
    records: list[Record] = [
        Group(key=own, group_kind=GroupKind.HOMEROOM, code=row.required("naam"), location=(layout.location,)),
        *_members(item, row, own),
    ]
    for at, mentor in objects(item, "mentoren"):
        staff = key(row, f"{at}.medewerker_uuid")
        records.append(GroupStaff(
            key=(*own, *staff, StaffRole.MENTOR), group=own, staff=staff, role=StaffRole.MENTOR,
            order=MENTORS.get(str(mentor.get("toewijzing"))),
        ))  # fmt: skip
    return row.finish(records)


def section(item: Item, row: Row, layout: Layout) -> Sequence[Record]:
    """A lesson group (lesgroep) with its students, its teachers and its subject, which it may lack."""
    own, taught = key(row, "uuid"), reference(row, "vakuuid")
    location = reference(row, "vestiging.uuid") or (layout.location,)
    records: list[Record] = [
        Group(
            key=own, group_kind=GroupKind.SECTION, code=row.required("naam"), school_year=row.reference("schooljaar"),
            location=location,
        ),
        *_members(item, row, own),
    ]  # fmt: skip
    for at, _ in each(item, "docenten"):
        staff = key(row, at)
        records.append(GroupStaff(
            key=(*own, *staff, StaffRole.TEACHER, *(taught or ())), group=own, staff=staff, role=StaffRole.TEACHER,
            subject=taught,
        ))  # fmt: skip
    return row.finish(records)


def _members(item: Item, row: Row, group: Key) -> list[Record]:
    students = [key(row, f"{at}.uuid") for at, _ in objects(item, "leerlingen")]
    return [GroupMember(key=(*group, *student), group=group, student=student) for student in students]
