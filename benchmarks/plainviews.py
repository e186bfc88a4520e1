"""What ``benchmarks.views`` compares with: the route that one writes first, and one that only sends bytes."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel
from sqlmodel import Field, Session, SQLModel, select

from canonical.columns import Guid, Instant, Number
from canonical.database import connect


class GradeOut(BaseModel):
    id: str
    subject: str
    subject_name: str | None
    column: str
    title: str | None
    weight: Decimal | None
    raw_text: str
    score: Decimal | None
    entered_at: datetime | None


def plain(url: str) -> FastAPI:
    """FastAPI with SQLModel, by the book: one query, three models a grade, a response model."""
    from sqlalchemy.orm import registry

    class Base(SQLModel, registry=registry()):
        pass

    class Grade(Base, table=True):
        __tablename__ = "grade"
        id: str = Field(sa_type=Guid, primary_key=True)
        source_id: int = Field(primary_key=True)
        student_id: str = Field(sa_type=Guid)
        assessment_id: str = Field(sa_type=Guid)
        raw_text: str
        score: Decimal | None = Field(sa_type=Number)
        entered_at: datetime | None = Field(sa_type=Instant)

    class Assessment(Base, table=True):
        __tablename__ = "assessment"
        id: str = Field(sa_type=Guid, primary_key=True)
        source_id: int = Field(primary_key=True)
        subject_id: str = Field(sa_type=Guid)
        code: str
        title: str | None
        weight: Decimal | None = Field(sa_type=Number)

    class Subject(Base, table=True):
        __tablename__ = "subject"
        id: str = Field(sa_type=Guid, primary_key=True)
        source_id: int = Field(primary_key=True)
        code: str
        name: str | None

    engine = connect(url)
    app = FastAPI()

    def session() -> Iterator[Session]:
        with Session(engine) as made:
            yield made

    @app.get("/v1/students/{student}/grades")
    def grades(student: str, database: Annotated[Session, Depends(session)]) -> list[GradeOut]:
        found = database.exec(
            select(Grade, Assessment, Subject)
            .join(Assessment, Assessment.id == Grade.assessment_id)
            .join(Subject, Subject.id == Assessment.subject_id)
            .where(Grade.student_id == student)
            .order_by(Subject.code, Assessment.code)
        )
        return [
            GradeOut(
                id=grade.id, subject=subject.code, subject_name=subject.name, column=column.code, title=column.title,
                weight=column.weight, raw_text=grade.raw_text, score=grade.score, entered_at=grade.entered_at,
            )
            for grade, column, subject in found
        ]  # fmt: skip

    return app


def bare(body: bytes) -> FastAPI:
    """A route that knows its answer."""
    app = FastAPI()

    @app.get("/v1/students/{student}/grades")
    async def grades(student: str) -> Response:
        return Response(body, media_type="application/json")

    return app
