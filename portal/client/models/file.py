from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.file_accounts_item import FileAccountsItem
    from ..models.file_changes_item import FileChangesItem
    from ..models.file_consents_item import FileConsentsItem
    from ..models.file_decisions_item import FileDecisionsItem
    from ..models.file_guardians_item import FileGuardiansItem
    from ..models.file_records import FileRecords
    from ..models.file_referred import FileReferred
    from ..models.file_restrictions_item import FileRestrictionsItem
    from ..models.meta import Meta
    from ..models.reader import Reader


T = TypeVar("T", bound="File")


@_attrs_define
class File:
    """All that is held about one student and may be taken along by this reader.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        id (str):
        made_at (datetime.datetime):
        records (FileRecords): By kind; with what was deleted (`tombstoned_at`).
        referred (FileReferred): What the records refer to by id: subjects, groups, lessons.
        changes (list[FileChangesItem]): The change log of the records, oldest first.
        guardians (list[FileGuardiansItem]): The reader's own tie; for the school's office everybody's, no contact data.
        consents (list[FileConsentsItem]):
        decisions (list[FileDecisionsItem]):
        restrictions (list[FileRestrictionsItem]):
        accounts (list[FileAccountsItem]): The student's own account with the portal and its sign-ins.
        readers (list[Reader]):
    """

    meta: Meta
    id: str
    made_at: datetime.datetime
    records: FileRecords
    referred: FileReferred
    changes: list[FileChangesItem]
    guardians: list[FileGuardiansItem]
    consents: list[FileConsentsItem]
    decisions: list[FileDecisionsItem]
    restrictions: list[FileRestrictionsItem]
    accounts: list[FileAccountsItem]
    readers: list[Reader]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        id = self.id

        made_at = self.made_at.isoformat()

        records = self.records.to_dict()

        referred = self.referred.to_dict()

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        guardians = []
        for guardians_item_data in self.guardians:
            guardians_item = guardians_item_data.to_dict()
            guardians.append(guardians_item)

        consents = []
        for consents_item_data in self.consents:
            consents_item = consents_item_data.to_dict()
            consents.append(consents_item)

        decisions = []
        for decisions_item_data in self.decisions:
            decisions_item = decisions_item_data.to_dict()
            decisions.append(decisions_item)

        restrictions = []
        for restrictions_item_data in self.restrictions:
            restrictions_item = restrictions_item_data.to_dict()
            restrictions.append(restrictions_item)

        accounts = []
        for accounts_item_data in self.accounts:
            accounts_item = accounts_item_data.to_dict()
            accounts.append(accounts_item)

        readers = []
        for readers_item_data in self.readers:
            readers_item = readers_item_data.to_dict()
            readers.append(readers_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "id": id,
                "made_at": made_at,
                "records": records,
                "referred": referred,
                "changes": changes,
                "guardians": guardians,
                "consents": consents,
                "decisions": decisions,
                "restrictions": restrictions,
                "accounts": accounts,
                "readers": readers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.file_accounts_item import FileAccountsItem
        from ..models.file_changes_item import FileChangesItem
        from ..models.file_consents_item import FileConsentsItem
        from ..models.file_decisions_item import FileDecisionsItem
        from ..models.file_guardians_item import FileGuardiansItem
        from ..models.file_records import FileRecords
        from ..models.file_referred import FileReferred
        from ..models.file_restrictions_item import FileRestrictionsItem
        from ..models.meta import Meta
        from ..models.reader import Reader

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        id = d.pop("id")

        made_at = datetime.datetime.fromisoformat(d.pop("made_at"))

        records = FileRecords.from_dict(d.pop("records"))

        referred = FileReferred.from_dict(d.pop("referred"))

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = FileChangesItem.from_dict(changes_item_data)

            changes.append(changes_item)

        guardians = []
        _guardians = d.pop("guardians")
        for guardians_item_data in _guardians:
            guardians_item = FileGuardiansItem.from_dict(guardians_item_data)

            guardians.append(guardians_item)

        consents = []
        _consents = d.pop("consents")
        for consents_item_data in _consents:
            consents_item = FileConsentsItem.from_dict(consents_item_data)

            consents.append(consents_item)

        decisions = []
        _decisions = d.pop("decisions")
        for decisions_item_data in _decisions:
            decisions_item = FileDecisionsItem.from_dict(decisions_item_data)

            decisions.append(decisions_item)

        restrictions = []
        _restrictions = d.pop("restrictions")
        for restrictions_item_data in _restrictions:
            restrictions_item = FileRestrictionsItem.from_dict(restrictions_item_data)

            restrictions.append(restrictions_item)

        accounts = []
        _accounts = d.pop("accounts")
        for accounts_item_data in _accounts:
            accounts_item = FileAccountsItem.from_dict(accounts_item_data)

            accounts.append(accounts_item)

        readers = []
        _readers = d.pop("readers")
        for readers_item_data in _readers:
            readers_item = Reader.from_dict(readers_item_data)

            readers.append(readers_item)

        file = cls(
            meta=meta,
            id=id,
            made_at=made_at,
            records=records,
            referred=referred,
            changes=changes,
            guardians=guardians,
            consents=consents,
            decisions=decisions,
            restrictions=restrictions,
            accounts=accounts,
            readers=readers,
        )

        file.additional_properties = d
        return file

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
