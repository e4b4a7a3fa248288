"""Clips from a CSV: every row read, checked and priced before anything is queued.

The columns are those of COLUMNS, in any order; only `prompt` is needed. An empty cell leaves an
option to the model's default. Nothing is stored here.
"""

import csv
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from studio.models import Asset, ProviderModel
from studio.providers.contract import InputRole
from studio.services import assets, costs, wishes
from studio.services.drafts import uuid_of
from studio.services.wishes import Wish

MOST_ROWS = 500
MOST_BYTES = 1_000_000
COLUMNS = (
    "prompt",
    "negative_prompt",
    "duration_s",
    "aspect_ratio",
    "resolution",
    "sound",
    "seed",
    "takes",
    "model",
    "provider",
    "first_frame",
    "last_frame",
)
ON = {"on", "yes", "true", "1"}
OFF = {"off", "no", "false", "0"}
PICTURES = {"first_frame": InputRole.FIRST_FRAME, "last_frame": InputRole.LAST_FRAME}
FORMULA_SIGNS = "=+-@\t\r"


class NotRows(Exception):
    """This is no CSV of clips; the text says what to do."""


@dataclass(kw_only=True)
class Row:
    """One line of the file: what it asks for, or why it cannot be made."""

    line: int
    cells: Mapping[str, str]
    wish: Wish | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.errors

    @cached_property
    def cost(self) -> costs.Cost:
        return costs.cost_of([self.wish] if self.wish else [])

    @property
    def takes(self) -> int:
        return self.wish.takes if self.wish else 0


@dataclass(frozen=True)
class Surroundings:
    """What the cells of a row are looked up in."""

    user: User
    models: Sequence[ProviderModel]
    standard: ProviderModel
    """The model of rows that name none."""

    def picture(self, text: str) -> Asset | None:
        """By its number in the studio, or by the name of the file that was uploaded: the
        member's own newest first."""
        images = assets.visible_to(self.user).filter(mime_type__startswith="image/")
        if key := uuid_of(text):
            found: Asset | None = images.filter(pk=key).first()
            return found
        named = list(images.filter(original_name__iexact=text).order_by("-created_at")[:50])
        own = (asset for asset in named if asset.owner_id == self.user.pk)
        return next(own, None) or next(iter(named), None)


# -- Reading the file --------------------------------------------------------------------------


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 as Excel writes it, or Latin-1.

    Raises NotRows.
    """
    if len(content) > MOST_BYTES:
        words = _("The file is larger than %(most)s kB. Split it, and send the parts one by one.")
        raise NotRows(words % {"most": MOST_BYTES // 1000})
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise NotRows(_("This is no CSV. Save the table as CSV (UTF-8), then choose that file."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read(text: str, around: Surroundings) -> list[Row]:
    """Every line that says something. Raises NotRows where the whole cannot be read."""
    lines = list(_lines(text))
    if not lines:
        raise NotRows(_("The file is empty. Its first line names the columns; see the template."))
    names = [name.strip().lower().replace(" ", "_") for name in lines[0][1]]
    if "prompt" not in names:
        words = _(
            "The first line has to name the columns, and “prompt” among them. It is: %(line)s"
        )
        raise NotRows(words % {"line": ", ".join(lines[0][1])[:120]})
    if unknown := [name for name in names if name and name not in COLUMNS]:
        words = _("There is no column “%(name)s”. The columns are: %(columns)s.")
        raise NotRows(words % {"name": unknown[0][:40], "columns": ", ".join(COLUMNS)})
    if len(lines) - 1 > MOST_ROWS:
        words = _("The file has %(count)s rows; at most %(most)s are read at once. Split it.")
        raise NotRows(words % {"count": len(lines) - 1, "most": MOST_ROWS})
    return [_row(number, names, cells, around) for number, cells in lines[1:]]


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the line in the file, and its cells; empty ones are left out."""
    head = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as e:
        words = _("Line %(line)s cannot be read as CSV. Look at its quotation marks.")
        raise NotRows(words % {"line": reader.line_num}) from e


# -- Reading a row -----------------------------------------------------------------------------


def _row(line: int, names: Sequence[str], cells: Sequence[str], around: Surroundings) -> Row:
    said = {name: _meant(cell) for name, cell in zip(names, cells, strict=False) if name}
    row = Row(line=line, cells=said)
    if len([cell for cell in cells[len(names) :] if cell.strip()]):
        row.errors.append(_("It has more cells than columns. Put quotation marks around commas."))
    model = _model(row, around)
    if model is None:
        return row
    row.wish = Wish(
        provider_model=model,
        prompt=said.get("prompt", ""),
        negative_prompt=said.get("negative_prompt", ""),
        duration_s=_number(row, "duration_s"),
        aspect_ratio=said.get("aspect_ratio", ""),
        resolution=said.get("resolution", ""),
        has_sound=_sound(row),
        seed=_number(row, "seed"),
        takes=1 if (takes := _number(row, "takes")) is None else takes,
        inputs=tuple(_inputs(row, around)),
    )
    row.errors += [str(words) for words in wishes.problems(row.wish).values()]
    return row


def _meant(cell: str) -> str:
    """What a cell says, without the mark that kept it from being a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in tuple(FORMULA_SIGNS) else text


def _model(row: Row, around: Surroundings) -> ProviderModel | None:
    model, provider = row.cells.get("model", "").lower(), row.cells.get("provider", "").lower()
    if not model and not provider:
        return around.standard
    fitting = [
        each
        for each in around.models
        if model in ("", each.name.lower(), each.model_id.lower())
        and provider in ("", each.provider.name.lower(), each.provider.adapter_slug)
    ]
    places = sorted({each.provider.name for each in fitting})
    if len(places) == 1:
        return fitting[0]
    if fitting:
        words = _("%(model)s is offered by %(providers)s: name one as provider.")
        row.errors.append(
            words % {"model": row.cells.get("model") or provider, "providers": ", ".join(places)}
        )
    else:
        named = " · ".join(filter(None, [row.cells.get("model"), row.cells.get("provider")]))
        row.errors.append(_("There is no model “%(name)s” here.") % {"name": named[:60]})
    return None


def _number(row: Row, name: str) -> int | None:
    text = row.cells.get(name, "").removesuffix("s").strip()
    try:
        return int(text) if text else None
    except ValueError:
        words = _("%(column)s: “%(text)s” is no whole number.")
        row.errors.append(words % {"column": name, "text": text[:20]})
        return None


def _sound(row: Row) -> bool | None:
    text = row.cells.get("sound", "").lower()
    if text and text not in ON | OFF:
        row.errors.append(_("sound: write on or off, not “%(text)s”.") % {"text": text[:20]})
    return None if text not in ON | OFF else text in ON


def _inputs(row: Row, around: Surroundings) -> Iterator[tuple[InputRole, Asset]]:
    for name, role in PICTURES.items():
        text = row.cells.get(name, "")
        if not text:
            continue
        if (asset := around.picture(text)) is not None:
            yield role, asset
        else:
            words = _("%(column)s: no picture “%(text)s” is in the studio. Upload it first.")
            row.errors.append(words % {"column": name, "text": text[:60]})


# -- Sending, and the template -----------------------------------------------------------------


def asked(rows: Sequence[Row], lines: Sequence[int], batch: uuid.UUID) -> list[Wish]:
    """What the chosen ones of the good rows ask for, under the token of the press."""
    chosen = set(lines)
    found = (row.wish for row in rows if row.is_good and row.line in chosen)
    return [wishes.under(wish, batch) for wish in found if wish is not None]


def template(standard: ProviderModel | None) -> str:
    """A file to begin with: the columns, and one row that works. No cell begins like a formula."""
    example = {
        "prompt": _("Slow dolly across a still alpine valley at first light"),
        "takes": "1",
        "model": standard.name if standard else "",
        "provider": standard.provider.name if standard else "",
    }
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow({name: harmless(text) for name, text in example.items()})
    return out.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] and text[0] in FORMULA_SIGNS else text
