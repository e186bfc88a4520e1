from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.rules_output_window import RulesOutputWindow
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.days import Days
    from ..models.marking_output import MarkingOutput
    from ..models.publication import Publication
    from ..models.section_publication import SectionPublication
    from ..models.switch import Switch
    from ..models.thresholds import Thresholds


T = TypeVar("T", bound="RulesOutput")


@_attrs_define
class RulesOutput:
    """All that one school (= source) decides about what its portals show.

    Attributes:
        authority_where_unknown (bool | Unset): Parents of whom the source does not tell whether they have authority
            have it (R51). Default: False.
        discreet_from_sixteen (bool | Unset): Guardians do not see the reason of an absence of who is sixteen or older
            (R56). Default: True.
        student_portal_only (bool | Unset): Guardians see nothing (R59). Default: False.
        switches (list[Switch] | Unset): The last one that applies holds; where none does, it is open.
        publication (Publication | Unset): When results are published (R72, R73). Without windows at once, on holidays
            and in test weeks too.
        section_publications (list[SectionPublication] | Unset): The last one that applies takes the place of
            `publication`.
        holidays (list[Days] | Unset): No school days; nothing is published.
        test_weeks (list[Days] | Unset): Nothing is published in them.
        thresholds (list[Thresholds] | Unset):
        window (RulesOutputWindow | Unset): How the weeks of `thresholds` are counted: back from each absence, or in
            blocks that begin on a Monday (R42). Default: RulesOutputWindow.ROLLING.
        long_lessons_by_minutes (bool | Unset): A lesson of more than sixty minutes counts for its length, not for one
            hour (R41). Default: True.
        late_steps (list[int] | Unset): Times late in a school year that ask for a next step (R45).
        late_to_lesson_minutes (int | None | Unset): Who is later than this has missed an hour (R45). Null: never.
        report_from_18 (bool | Unset): The sixteen hours are a signal from eighteen too (R44). Default: False.
        marking (MarkingOutput | Unset): How results count, where that is for a school to say.
        entry_norm_days (int | Unset): Days from a test to its results; working days (R79). Default: 10.
        retention_days (int | Unset): Days from leaving to the end of the portal's copy (R63). Default: 60.
    """

    authority_where_unknown: bool | Unset = False
    discreet_from_sixteen: bool | Unset = True
    student_portal_only: bool | Unset = False
    switches: list[Switch] | Unset = UNSET
    publication: Publication | Unset = UNSET
    section_publications: list[SectionPublication] | Unset = UNSET
    holidays: list[Days] | Unset = UNSET
    test_weeks: list[Days] | Unset = UNSET
    thresholds: list[Thresholds] | Unset = UNSET
    window: RulesOutputWindow | Unset = RulesOutputWindow.ROLLING
    long_lessons_by_minutes: bool | Unset = True
    late_steps: list[int] | Unset = UNSET
    late_to_lesson_minutes: int | None | Unset = UNSET
    report_from_18: bool | Unset = False
    marking: MarkingOutput | Unset = UNSET
    entry_norm_days: int | Unset = 10
    retention_days: int | Unset = 60

    def to_dict(self) -> dict[str, Any]:
        authority_where_unknown = self.authority_where_unknown

        discreet_from_sixteen = self.discreet_from_sixteen

        student_portal_only = self.student_portal_only

        switches: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.switches, Unset):
            switches = []
            for switches_item_data in self.switches:
                switches_item = switches_item_data.to_dict()
                switches.append(switches_item)

        publication: dict[str, Any] | Unset = UNSET
        if not isinstance(self.publication, Unset):
            publication = self.publication.to_dict()

        section_publications: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.section_publications, Unset):
            section_publications = []
            for section_publications_item_data in self.section_publications:
                section_publications_item = section_publications_item_data.to_dict()
                section_publications.append(section_publications_item)

        holidays: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.holidays, Unset):
            holidays = []
            for holidays_item_data in self.holidays:
                holidays_item = holidays_item_data.to_dict()
                holidays.append(holidays_item)

        test_weeks: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.test_weeks, Unset):
            test_weeks = []
            for test_weeks_item_data in self.test_weeks:
                test_weeks_item = test_weeks_item_data.to_dict()
                test_weeks.append(test_weeks_item)

        thresholds: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.thresholds, Unset):
            thresholds = []
            for thresholds_item_data in self.thresholds:
                thresholds_item = thresholds_item_data.to_dict()
                thresholds.append(thresholds_item)

        window: str | Unset = UNSET
        if not isinstance(self.window, Unset):
            window = self.window.value

        long_lessons_by_minutes = self.long_lessons_by_minutes

        late_steps: list[int] | Unset = UNSET
        if not isinstance(self.late_steps, Unset):
            late_steps = self.late_steps

        late_to_lesson_minutes: int | None | Unset
        if isinstance(self.late_to_lesson_minutes, Unset):
            late_to_lesson_minutes = UNSET
        else:
            late_to_lesson_minutes = self.late_to_lesson_minutes

        report_from_18 = self.report_from_18

        marking: dict[str, Any] | Unset = UNSET
        if not isinstance(self.marking, Unset):
            marking = self.marking.to_dict()

        entry_norm_days = self.entry_norm_days

        retention_days = self.retention_days

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if authority_where_unknown is not UNSET:
            field_dict["authority_where_unknown"] = authority_where_unknown
        if discreet_from_sixteen is not UNSET:
            field_dict["discreet_from_sixteen"] = discreet_from_sixteen
        if student_portal_only is not UNSET:
            field_dict["student_portal_only"] = student_portal_only
        if switches is not UNSET:
            field_dict["switches"] = switches
        if publication is not UNSET:
            field_dict["publication"] = publication
        if section_publications is not UNSET:
            field_dict["section_publications"] = section_publications
        if holidays is not UNSET:
            field_dict["holidays"] = holidays
        if test_weeks is not UNSET:
            field_dict["test_weeks"] = test_weeks
        if thresholds is not UNSET:
            field_dict["thresholds"] = thresholds
        if window is not UNSET:
            field_dict["window"] = window
        if long_lessons_by_minutes is not UNSET:
            field_dict["long_lessons_by_minutes"] = long_lessons_by_minutes
        if late_steps is not UNSET:
            field_dict["late_steps"] = late_steps
        if late_to_lesson_minutes is not UNSET:
            field_dict["late_to_lesson_minutes"] = late_to_lesson_minutes
        if report_from_18 is not UNSET:
            field_dict["report_from_18"] = report_from_18
        if marking is not UNSET:
            field_dict["marking"] = marking
        if entry_norm_days is not UNSET:
            field_dict["entry_norm_days"] = entry_norm_days
        if retention_days is not UNSET:
            field_dict["retention_days"] = retention_days

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.days import Days
        from ..models.marking_output import MarkingOutput
        from ..models.publication import Publication
        from ..models.section_publication import SectionPublication
        from ..models.switch import Switch
        from ..models.thresholds import Thresholds

        d = dict(src_dict)
        authority_where_unknown = d.pop("authority_where_unknown", UNSET)

        discreet_from_sixteen = d.pop("discreet_from_sixteen", UNSET)

        student_portal_only = d.pop("student_portal_only", UNSET)

        _switches = d.pop("switches", UNSET)
        switches: list[Switch] | Unset = UNSET
        if _switches is not UNSET:
            switches = []
            for switches_item_data in _switches:
                switches_item = Switch.from_dict(switches_item_data)

                switches.append(switches_item)

        _publication = d.pop("publication", UNSET)
        publication: Publication | Unset
        if isinstance(_publication, Unset):
            publication = UNSET
        else:
            publication = Publication.from_dict(_publication)

        _section_publications = d.pop("section_publications", UNSET)
        section_publications: list[SectionPublication] | Unset = UNSET
        if _section_publications is not UNSET:
            section_publications = []
            for section_publications_item_data in _section_publications:
                section_publications_item = SectionPublication.from_dict(section_publications_item_data)

                section_publications.append(section_publications_item)

        _holidays = d.pop("holidays", UNSET)
        holidays: list[Days] | Unset = UNSET
        if _holidays is not UNSET:
            holidays = []
            for holidays_item_data in _holidays:
                holidays_item = Days.from_dict(holidays_item_data)

                holidays.append(holidays_item)

        _test_weeks = d.pop("test_weeks", UNSET)
        test_weeks: list[Days] | Unset = UNSET
        if _test_weeks is not UNSET:
            test_weeks = []
            for test_weeks_item_data in _test_weeks:
                test_weeks_item = Days.from_dict(test_weeks_item_data)

                test_weeks.append(test_weeks_item)

        _thresholds = d.pop("thresholds", UNSET)
        thresholds: list[Thresholds] | Unset = UNSET
        if _thresholds is not UNSET:
            thresholds = []
            for thresholds_item_data in _thresholds:
                thresholds_item = Thresholds.from_dict(thresholds_item_data)

                thresholds.append(thresholds_item)

        _window = d.pop("window", UNSET)
        window: RulesOutputWindow | Unset
        if isinstance(_window, Unset):
            window = UNSET
        else:
            window = RulesOutputWindow(_window)

        long_lessons_by_minutes = d.pop("long_lessons_by_minutes", UNSET)

        late_steps = cast(list[int], d.pop("late_steps", UNSET))

        def _parse_late_to_lesson_minutes(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        late_to_lesson_minutes = _parse_late_to_lesson_minutes(d.pop("late_to_lesson_minutes", UNSET))

        report_from_18 = d.pop("report_from_18", UNSET)

        _marking = d.pop("marking", UNSET)
        marking: MarkingOutput | Unset
        if isinstance(_marking, Unset):
            marking = UNSET
        else:
            marking = MarkingOutput.from_dict(_marking)

        entry_norm_days = d.pop("entry_norm_days", UNSET)

        retention_days = d.pop("retention_days", UNSET)

        rules_output = cls(
            authority_where_unknown=authority_where_unknown,
            discreet_from_sixteen=discreet_from_sixteen,
            student_portal_only=student_portal_only,
            switches=switches,
            publication=publication,
            section_publications=section_publications,
            holidays=holidays,
            test_weeks=test_weeks,
            thresholds=thresholds,
            window=window,
            long_lessons_by_minutes=long_lessons_by_minutes,
            late_steps=late_steps,
            late_to_lesson_minutes=late_to_lesson_minutes,
            report_from_18=report_from_18,
            marking=marking,
            entry_norm_days=entry_norm_days,
            retention_days=retention_days,
        )

        return rules_output
