from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.window import Window


T = TypeVar("T", bound="SectionPublication")


@_attrs_define
class SectionPublication:
    """The publication of a part of a school, in place of the school's.

    Attributes:
        location (None | str | Unset): The id of a location.
        study (None | str | Unset): As the source writes it, such as `havo 3`.
        grade_level (int | None | Unset):
        windows (list[Window] | Unset):
        guardian_windows (list[Window] | None | Unset): The first of these moments at which the student may see it, and
            `parent_delay_hours` have passed. Null: guardians have none of their own.
        parent_delay_hours (int | Unset): How much later than the student a guardian sees a result, by the clock on the
            wall. Default: 0.
    """

    location: None | str | Unset = UNSET
    study: None | str | Unset = UNSET
    grade_level: int | None | Unset = UNSET
    windows: list[Window] | Unset = UNSET
    guardian_windows: list[Window] | None | Unset = UNSET
    parent_delay_hours: int | Unset = 0

    def to_dict(self) -> dict[str, Any]:
        location: None | str | Unset
        if isinstance(self.location, Unset):
            location = UNSET
        else:
            location = self.location

        study: None | str | Unset
        if isinstance(self.study, Unset):
            study = UNSET
        else:
            study = self.study

        grade_level: int | None | Unset
        if isinstance(self.grade_level, Unset):
            grade_level = UNSET
        else:
            grade_level = self.grade_level

        windows: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.windows, Unset):
            windows = []
            for windows_item_data in self.windows:
                windows_item = windows_item_data.to_dict()
                windows.append(windows_item)

        guardian_windows: list[dict[str, Any]] | None | Unset
        if isinstance(self.guardian_windows, Unset):
            guardian_windows = UNSET
        elif isinstance(self.guardian_windows, list):
            guardian_windows = []
            for guardian_windows_type_0_item_data in self.guardian_windows:
                guardian_windows_type_0_item = guardian_windows_type_0_item_data.to_dict()
                guardian_windows.append(guardian_windows_type_0_item)

        else:
            guardian_windows = self.guardian_windows

        parent_delay_hours = self.parent_delay_hours

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if location is not UNSET:
            field_dict["location"] = location
        if study is not UNSET:
            field_dict["study"] = study
        if grade_level is not UNSET:
            field_dict["grade_level"] = grade_level
        if windows is not UNSET:
            field_dict["windows"] = windows
        if guardian_windows is not UNSET:
            field_dict["guardian_windows"] = guardian_windows
        if parent_delay_hours is not UNSET:
            field_dict["parent_delay_hours"] = parent_delay_hours

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.window import Window

        d = dict(src_dict)

        def _parse_location(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        location = _parse_location(d.pop("location", UNSET))

        def _parse_study(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        study = _parse_study(d.pop("study", UNSET))

        def _parse_grade_level(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        grade_level = _parse_grade_level(d.pop("grade_level", UNSET))

        _windows = d.pop("windows", UNSET)
        windows: list[Window] | Unset = UNSET
        if _windows is not UNSET:
            windows = []
            for windows_item_data in _windows:
                windows_item = Window.from_dict(windows_item_data)

                windows.append(windows_item)

        def _parse_guardian_windows(data: object) -> list[Window] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                guardian_windows_type_0 = []
                _guardian_windows_type_0 = data
                for guardian_windows_type_0_item_data in _guardian_windows_type_0:
                    guardian_windows_type_0_item = Window.from_dict(guardian_windows_type_0_item_data)

                    guardian_windows_type_0.append(guardian_windows_type_0_item)

                return guardian_windows_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Window] | None | Unset, data)

        guardian_windows = _parse_guardian_windows(d.pop("guardian_windows", UNSET))

        parent_delay_hours = d.pop("parent_delay_hours", UNSET)

        section_publication = cls(
            location=location,
            study=study,
            grade_level=grade_level,
            windows=windows,
            guardian_windows=guardian_windows,
            parent_delay_hours=parent_delay_hours,
        )

        return section_publication
