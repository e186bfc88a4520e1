"""The connection to one school's deliveries, and to its UWLR service where it has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from canonical.records import Record
from connectors.columns import AMSTERDAM
from connectors.contract import Batch, Connector, Entity, Finding, Proof, RawRecord, Settings
from connectors.errors import Broken, SourceError
from connectors.files import DeliveredFile, Delivery, Facts, Refused
from connectors.pace import Gate
from vocus import edex2000, edex_mapping, edex_reading, presets, reading, uwlr
from vocus.drop import Drop
from vocus.examine import examine_csv
from vocus.fields import DATA_SETS, EDEX_KINDS, kinds, one_to_one
from vocus.mapping import VERSION, mapper
from vocus.settings import VocusSettings, load

STUDENTS = "students"

_BY = {"manifest": "manifest", "marker": "marker and line end", "stood still": "stood still and line end"}
"""Why a delivery is known to be whole."""


def connect(settings: Settings) -> Connector:
    """The entry point. Raises ``UserError`` for settings that cannot be."""
    return Vocus(settings.source, load(settings))


class Vocus:
    """A ``Connector``; see ``connectors.contract``."""

    name = "vocus"

    def __init__(self, source: str, settings: VocusSettings) -> None:
        self._source = source
        self._settings = settings
        self._map = mapper(settings)
        self._drop = Drop(settings, settings.folder, self._examine) if settings.folder and settings.data else None
        self._uwlr = uwlr.connect(settings.uwlr) if settings.uwlr else None
        self.scope = self._year(datetime.now(UTC))
        self.mapping_version = f"{VERSION}-{sha256(settings.mapping().encode()).hexdigest()[:12]}"
        self.entities = tuple(_entities(settings))

    def close(self) -> None:
        if self._uwlr is not None:
            self._uwlr.close()

    def share(self, gate: Gate) -> None:
        if self._uwlr is not None:
            self._uwlr.share(gate)

    def map(self, raw: RawRecord) -> Iterable[Record]:
        if raw.entity == STUDENTS and self._settings.comes_as_edex:
            return edex_mapping.map_edex(raw, self._settings)
        return self._map(raw)

    def newest(self, entity: Entity) -> str | None:
        """Take in what is complete; the cursor of the newest delivery that has the data set.

        While the newest thing that came was refused, the answer is a cursor that no read ends with: a read is asked
        for, and tells what is wrong.
        """
        drop = self._files()
        self.scope = self._year(datetime.now(UTC))
        drop.collect()
        newest, refused = drop.newest(entity.name), drop.refused(entity.name)
        cursor = self._cursor(newest) if newest else None
        return f"{cursor or ''} refused {refused.id}".strip() if refused else cursor

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        if entity.name == STUDENTS and self._uwlr is not None:
            self.scope = self._year(datetime.now(UTC))
            yield from self._uwlr.read(entity, since, self.scope)
            return
        drop = self._files()
        drop.collect_once()
        delivery = self._next(drop, entity.name, since)
        refused = drop.refused(entity.name)
        if refused is not None and (delivery is None or self._cursor(delivery) == since):
            raise Broken(_sentence(refused), code=refused.code)
        if delivery is None:
            raise Broken(f"{entity.name}: nothing has been delivered yet", code="vocus.nothing")
        yield from self._batches(entity, delivery)

    def _next(self, drop: Drop, name: str, since: str | None) -> Delivery | None:
        """The delivery that a read after ``since`` is of: the newest snapshot, or the changes that come next.

        With nothing new, or after the settings have changed, the last one is read again.
        """
        if self._settings.data[name].mode == "snapshot":
            return drop.newest(name)
        last, _, version = (since or "").partition(" ")
        following = drop.next_after(name, last or None)
        if last and (following is None or version != self.mapping_version):
            return drop.again(name, last) or following
        return following

    def _cursor(self, delivery: Delivery) -> str:
        return f"{delivery.id} {self.mapping_version}"

    def _batches(self, entity: Entity, delivery: Delivery) -> Iterator[Batch]:
        data = self._settings.data[entity.name]
        files = [file for file in delivery.files if file.data_set == entity.name]
        for file in files:
            _check_kept(file)
        declared, found = reading.rows(files, data, self._year(delivery.made_at))
        proof = Proof(
            by=_BY[delivery.proof], declared=declared, as_of=delivery.made_at, changes=data.mode == "delta"
        )
        yield from reading.in_batches(found, self._cursor(delivery), proof)

    def _examine(self, data_set: str, path: Path, before: Facts | None, *, proved: bool) -> Facts:
        """See ``connectors.files.Examine``."""
        data = self._settings.data[data_set]
        if data.preset == presets.EDEXML:
            return edex_reading.examine_edexml(path, data.xsd)
        if data.preset == presets.EDEX2000:
            return edex2000.examine_edex2000(path, proved=proved)
        return examine_csv(data_set, path, before, data, proved=proved)

    def _files(self) -> Drop:
        if self._drop is None:
            raise Broken("there is no folder of deliveries", code="vocus.nothing")
        return self._drop

    def _year(self, moment: datetime) -> str:
        return self._settings.year(moment.astimezone(AMSTERDAM).date())

    def check(self) -> Iterator[Finding]:
        """Ask the UWLR service, look into the folder and at the other side; then tell what the newest of each is."""
        if self._uwlr is not None:
            yield from self._uwlr.check(f"{self._source} {STUDENTS}", self.scope)
        if self._drop is None:
            return
        try:
            self._drop.collect()
        except SourceError as error:
            yield Finding(f"{self._source} deliveries", ok=False, advice=str(error))
            return
        for name in self._settings.data:
            yield self._state(self._drop, name)

    def _state(self, drop: Drop, name: str) -> Finding:
        subject = f"{self._source} {name}"
        newest, refused = drop.newest(name), drop.refused(name)
        if refused is not None:
            return Finding(subject, ok=False, advice=_sentence(refused))
        if newest is None:
            return Finding(subject, ok=True, advice="nothing has been delivered yet")
        told = "; ".join(_told(file.facts) for file in newest.files if file.data_set == name)
        made = f"{newest.made_at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}"
        return Finding(subject, ok=True, advice=f"delivery of {made}, {told}")


def _check_kept(file: DeliveredFile) -> None:
    """A file in the archive must be as it came. Raises ``Broken`` vocus.archive."""
    try:
        size = file.path.stat().st_size
    except OSError:
        size = -1
    if size != file.size:
        raise Broken(
            f"{file.path.name} in the archive is not the file that came; look at the disk, and let the administration"
            " deliver again",
            code="vocus.archive",
        )


def _sentence(refused: Refused) -> str:
    return f"{refused.sentence}; {refused.folder / 'REASON.txt'} says more"


def _told(facts: Facts) -> str:
    """What was found out about a file, for people."""
    said = [f"{facts['rows']} rows"]
    if "form" in facts:
        said.append(" ".join(filter(None, (facts["form"], facts.get("version")))))
        said += [f"{count} x {name} unknown" for name, count in facts.get("unknown", {}).items()]
        if facts.get("additions"):
            said.append(f"{facts['additions']} x toevoegingen left out")
        said += _compared(facts)
    if "delimiter" in facts:
        said += [f"{facts['encoding']} ({facts['encoding_by']})", f"separator {facts['delimiter']!r}"]
        said += [f"{name} as {format_}" for name, format_ in facts["formats"].items()]
    if facts.get("unreadable"):
        said.append(f"{facts['unreadable']} rows in another form")
    return ", ".join(said)


def _compared(facts: Facts) -> Iterator[str]:
    """What a comparison with the schema came to, if one was asked for."""
    if "deviations" in facts:
        found = facts["deviations"]
        if found is None:
            yield "too large to be compared with the schema"
        else:
            yield from (f"{count} x {name} not as the schema wants it" for name, count in found.items())


def _entities(settings: VocusSettings) -> Iterator[Entity]:
    for name in DATA_SETS:
        data = settings.data.get(name)
        if name == STUDENTS and settings.uwlr is not None:
            yield Entity(name, EDEX_KINDS, incremental=True)
        elif data is not None and data.preset in presets.EDEX:
            yield Entity(name, EDEX_KINDS, delivered=True)
        elif data is not None:
            mapped = data.columns
            yield Entity(name, kinds(name, mapped), one_to_one=one_to_one(name, mapped), delivered=True)
