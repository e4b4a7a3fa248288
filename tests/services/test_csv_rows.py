"""Clips from a CSV: every row is read, or says why not."""

import pytest

from studio.providers.contract import InputRole
from studio.services import csv_rows
from studio.services.csv_rows import NotRows, Surroundings


@pytest.fixture
def around(owner, make_provider, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    team, hub = make_provider("getimg", name="Team"), make_provider("indoxhub", name="Hub")
    make_provider("imgix", name="Images")
    models = [*team.models.all(), *hub.models.all()]
    return Surroundings(owner, models, team.models.get(name="Seedance 1.5 Pro"))


def errors_of(text: str, around: Surroundings) -> list[str]:
    return [error for row in csv_rows.read(text, around) for error in row.errors]


def test_a_row_becomes_a_wish_with_its_settings(around):
    text = 'prompt,duration_s,sound,takes,model\n"Mist, over a lake",8,on,2,Veo 3'
    (row,) = csv_rows.read(text, around)
    wish = row.wish
    assert (wish.prompt, wish.duration_s, wish.has_sound, wish.takes) == (
        "Mist, over a lake",
        8,
        True,
        2,
    )
    assert (wish.provider_model.name, row.errors, row.line) == ("Veo 3", [], 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_usual_delimiter_is_read(around, delimiter):
    (row,) = csv_rows.read(f"prompt{delimiter}takes\nMist{delimiter}3", around)
    assert (row.cells["prompt"], row.takes) == ("Mist", 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_is_read(around, encoding):
    text = csv_rows.decoded("prompt\r\nÜber den Dächern\r\n".encode(encoding))
    assert csv_rows.read(text, around)[0].cells["prompt"] == "Über den Dächern"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",5,,", "Describe the clip first"),
        ("Mist,7,,", "makes 5 or 10 seconds"),
        ("Mist,ten,,", "duration_s: “ten” is no whole number"),
        ("Mist,5,perhaps,", "write on or off"),
        ("Mist,5,,No Such Model", "There is no model “No Such Model” here"),
        ("Mist,5,,,extra", "more cells than columns"),
    ],
)
def test_a_bad_row_says_why(around, row, said):
    (error, *_others) = errors_of(f"prompt,duration_s,sound,model\n{row}", around)
    assert said in error


def test_a_model_that_two_providers_offer_has_to_be_told_apart(around, make_provider):
    other = make_provider("indoxhub", name="Other")
    both = Surroundings(around.user, [*around.models, *other.models.all()], around.standard)
    assert "Hub, Other" in errors_of("prompt,model\nMist,Veo 3", both)[0]
    assert errors_of("prompt,model,provider\nMist,Veo 3,other", both) == []


def test_a_picture_is_found_by_number_and_by_the_name_of_its_file(around, make_image):
    picture = make_image("teal")
    for text in (str(picture.pk), "TEAL.png"):
        (row,) = csv_rows.read(f"prompt,first_frame\nMist,{text}", around)
        assert row.wish.inputs == ((InputRole.FIRST_FRAME, picture),)
    assert "no picture" in errors_of("prompt,first_frame\nMist,gone.png", around)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "file is empty"),
        ("title,length\nMist,5", "“prompt” among them"),
        ("prompt,colour\nMist,red", "no column “colour”"),
        ("prompt\n" + "Mist\n" * 501, "501 rows"),
    ],
)
def test_what_is_no_table_of_clips_says_so(around, text, said):
    with pytest.raises(NotRows, match=said):
        csv_rows.read(text, around)


@pytest.mark.parametrize("content", [b"PK\x03\x04\0\0", b"x" * 1_000_001])
def test_what_is_no_text_or_too_large_says_so(content):
    with pytest.raises(NotRows, match=r"no CSV|larger than 1000 kB"):
        csv_rows.decoded(content)


def test_the_template_can_be_sent_as_it_is_and_holds_no_formula(around):
    text = csv_rows.template(around.standard)
    assert [row.errors for row in csv_rows.read(text, around)] == [[]]
    assert csv_rows.harmless("=1+1") == "'=1+1"
    (row,) = csv_rows.read("prompt\n'=1+1", around)
    assert row.cells["prompt"] == "=1+1"
