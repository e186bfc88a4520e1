"""An example to begin with: the students that a caller may see, and the grade overview of the first who has one.

    SCHOOLBRUG_TOKEN=... python -m portal.client.example http://127.0.0.1:8080

``schoolbrug demo`` prints an address and a key to try it with; a token of a guardian or a student works the same. What
is not known is told apart from what is not there: null is never none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TypeVar
from uuid import UUID

from portal.client import AuthenticatedClient
from portal.client.api.grades import get_grades
from portal.client.api.students import list_students
from portal.client.models import Grades, Name, Problem, StudentItem, SubjectGrades

T = TypeVar("T")
ENOUGH = 10
"""Students are shown and tried for an overview: a school has more than fit on a screen."""


def main() -> int:
    token = os.environ.get("SCHOOLBRUG_TOKEN")
    if len(sys.argv) != 2 or not token:
        print("usage: SCHOOLBRUG_TOKEN=... python -m portal.client.example ADDRESS", file=sys.stderr)
        return 2
    with AuthenticatedClient(base_url=sys.argv[1], token=token, raise_on_unexpected_status=True) as client:
        for line in report(client):
            print(line)
    return 0


def report(client: AuthenticatedClient) -> Iterator[str]:
    """What the caller may see, line by line. Raises ``SystemExit`` that says what the layer has refused."""
    shown: list[StudentItem] = []
    for student in students(client):
        if len(shown) == ENOUGH:
            yield "..."
            break
        shown.append(student)
        yield f"{student.local_id}  {full(student.name)}"
    for student in shown:
        grades = answered(get_grades.sync(UUID(student.id), client=client))
        if grades.subjects:
            yield ""
            yield from overview(student, grades)
            return


def students(client: AuthenticatedClient) -> Iterator[StudentItem]:
    """Every student that the caller may see, page after page."""
    cursor: str | None = None
    while True:
        page = answered(list_students.sync(client=client, limit=100, cursor=cursor))
        yield from page.students or ()
        cursor = page.next_cursor
        if cursor is None:
            return


def overview(student: StudentItem, grades: Grades) -> Iterator[str]:
    """Per subject the marks, and the average or why there is none."""
    as_of = "never" if grades.meta.as_of is None else f"{grades.meta.as_of:%Y-%m-%d %H:%M} UTC"
    yield f"{full(student.name)}, as of {as_of}"
    for subject in grades.subjects or ():
        yield f"  {_called(subject):<24} {_average(subject):>4}  {' '.join(_marks(subject))}"


def _called(subject: SubjectGrades) -> str:
    if subject.subject is None:
        return "(subject not known)"
    return str(subject.subject.name or subject.subject.code or "(name not known)")


def _average(subject: SubjectGrades) -> str:
    """A computed average may be shown beside the source's own, never in its place."""
    return subject.computed.year.value or "-"


def _marks(subject: SubjectGrades) -> Iterator[str]:
    for test in subject.tests:
        for attempt in test.attempts:
            yield attempt.raw_text


def full(name: Name) -> str:
    parts = (name.first_name or name.initials, name.prefix, name.last_name)
    return " ".join(part for part in parts if part)


def answered(answer: T | Problem | None) -> T:
    """The answer, if it is one. Raises ``SystemExit`` with what the problem document tells."""
    if answer is None:
        raise SystemExit("The answer was empty.")
    if isinstance(answer, Problem):
        raise SystemExit(f"{answer.status} {answer.title}: {answer.detail}")
    return answer


if __name__ == "__main__":
    sys.exit(main())
