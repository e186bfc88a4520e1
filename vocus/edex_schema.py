"""How far an EDEXML file is from the standard's own schema: advice for its supplier, and no reason to refuse it.

Real exports put elements in another order, and the list of school years in every public schema has ended (wire C.2):
what a schema says of ``schooljaar`` is left out.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from lxml import etree

MOST_BYTES = 32 << 20
"""A larger file is not compared: the comparison wants all of it in memory."""


def loaded(path: Path) -> Any:
    """The schema. Raises ``ValueError`` for a file that is none; what it includes lies beside it."""
    try:
        return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))
    except (etree.LxmlError, OSError):
        pass
    raise ValueError("must be a schema (XSD) of EDEXML that can be read, with the files that it includes beside it")


def deviations(path: Path, schema: Path) -> dict[str, int] | None:
    """How often each element is not as the schema wants it; None for a file that is too large to tell.

    The file is known to be well-formed and without a DTD. Raises ``ValueError`` for a schema that is none.
    """
    if path.stat().st_size > MOST_BYTES:
        return None
    rules = loaded(schema)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    rules.validate(etree.parse(str(path), parser))
    # One wrong value is told twice, as a facet and as a type.
    found = {(entry.line, entry.path) for entry in rules.error_log}
    names = Counter(place.rpartition("/")[2].partition("[")[0] for _, place in found)
    del names["schooljaar"]
    return dict(names.most_common())
