"""Writes the German catalogues anew from the sources (`make messages`), and compiles them.

Texts come from Python, from the templates and from the scripts; what nobody says any more goes.
New texts stand in the .po files with an empty translation, and a test names them until they have
one. Nothing but Python is needed for that.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "studio" / "locale" / "de" / "LC_MESSAGES"
IN_CONTEXT = ((1, "c"), 2)
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "phrase": None,
    "pattern": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": IN_CONTEXT,
    "pgettext_lazy": IN_CONTEXT,
    "npgettext": ((1, "c"), 2, 3),
}
QUOTED = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
CALL = re.compile(rf"""\b(?:(?:n|p|np)?gettext|_)\((?:[^()"']|{QUOTED})*\)""")
"""One of Python's calls in what Django makes of a template."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""A fixed date in the headers: the same texts make the same files."""


def python_texts() -> Iterator[tuple[str, Any]]:
    for path in sorted((ROOT / "studio").rglob("*.py")):
        yield from _extracted("python", path, path.read_text())


def template_texts() -> Iterator[tuple[str, Any]]:
    """Django turns a template into something with Python's calls in it; only those matter."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = templatize(path.read_text(), origin=str(path))
        yield from _extracted("python", path, "\n".join(CALL.findall(source)))


def script_texts() -> Iterator[tuple[str, Any]]:
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        yield from _extracted("javascript", path, path.read_text())


def _extracted(language: str, path: Path, source: str) -> Iterator[tuple[str, Any]]:
    options = {"parse_template_string": True}
    found = extract(language, io.BytesIO(source.encode()), KEYWORDS, options=options)
    for _line, message, _comments, context in found:
        yield str(path.relative_to(ROOT)), (message, context)


SOURCES = {
    "django": lambda: (*python_texts(), *template_texts()),
    "djangojs": script_texts,
}


def texts_of(domain: str) -> Catalog:
    """Every text that the sources say, without translations."""
    catalogue = Catalog(
        locale="de",
        project="Dailies",
        copyright_holder="the authors of Dailies",
        creation_date=EPOCH,
        revision_date=EPOCH,
        fuzzy=False,
    )
    for path, (message, context) in SOURCES[domain]():
        catalogue.add(message, locations=[(path, 0)], context=context)
    return catalogue


def translated(domain: str) -> Catalog:
    """The catalogue as it stands on disk."""
    with (FOLDER / f"{domain}.po").open("rb") as file:
        return read_po(file, locale="de", domain=domain)


def renewed(domain: str) -> Catalog:
    """The sources' texts with the translations that are there."""
    catalogue = texts_of(domain)
    if (FOLDER / f"{domain}.po").exists():
        for known in translated(domain):
            mine = catalogue.get(known.id, known.context) if known.id else None
            if mine is not None and isinstance(mine.id, str) == isinstance(known.id, str):
                mine.string = known.string
    return catalogue


def is_said(message: Message) -> bool:
    """True if every form of the text has its words."""
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(said)


def po_bytes(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)
    return file.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for domain in SOURCES:
        catalogue = renewed(domain)
        (FOLDER / f"{domain}.po").write_bytes(po_bytes(catalogue))
        (FOLDER / f"{domain}.mo").write_bytes(mo_bytes(catalogue))
        missing = [message.id for message in catalogue if message.id and not is_said(message)]
        print(f"{domain}: {len(catalogue)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
