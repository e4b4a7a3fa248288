"""What a person has to know to connect an account: one row for each API, beside the registry.

Read 2026-11-21 from the pages that each adapter names as its source. Where no page says which
rights a key has, there are none to choose: the key may do what its account may.
"""

from dataclasses import dataclass

from studio.providers.phrases import pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """`makes_from`: what its clips come from. `key_rights`: what a key must be allowed to do.
    `key_place`: where a key is made, at `key_url`."""

    makes_from: str
    key_rights: str
    key_place: str
    key_url: str
    note: str = ""


_NO_RIGHTS = pattern("Keys have no rights to choose: any key of the account will do.")

GUIDES: dict[str, Guide] = {
    "imgix": Guide(
        makes_from=pattern("One image"),
        key_rights=pattern(
            "Any permission is enough to make clips. To upload your images the key also needs "
            "“Asset Manager Edit”."
        ),
        key_place=pattern("In the imgix dashboard, under API Keys."),
        key_url="https://dashboard.imgix.com/api-keys",
        note=pattern(
            "Images go into a Source of yours that is backed by a storage and allows uploads. "
            "Image-to-video must be enabled for it."
        ),
    ),
    "getimg": Guide(
        makes_from=pattern("Text, first and last frame"),
        key_rights=_NO_RIGHTS,
        key_place=pattern("In the getimg.ai dashboard, for the API; the guide shows where."),
        key_url="https://docs.getimg.ai",
        note=pattern(
            "The API has a prepaid balance in dollars of its own, apart from getimg.ai's plans."
        ),
    ),
    "aiml": Guide(
        makes_from=pattern("Text, one image"),
        key_rights=_NO_RIGHTS,
        key_place=pattern("In your account at AI.ML. AI/ML API (aimlapi.com) is another company."),
        key_url="https://ai.ml",
        note=pattern(
            "It fetches images from a public address only: for clips from images this studio needs "
            "PUBLIC_URL. Text alone works without."
        ),
    ),
    "dafty": Guide(
        makes_from=pattern("One image, or first and last frame"),
        key_rights=_NO_RIGHTS,
        key_place=pattern("In your account at Dafty; the guide shows where."),
        key_url="https://docs.dafty.ai",
        note=pattern("Clips are charged in Dafty's own credits (CU)."),
    ),
    "indoxhub": Guide(
        makes_from=pattern("Text, frames, references"),
        key_rights=pattern(
            "The account must be allowed the video models that you want; the key has no rights of "
            "its own to choose."
        ),
        key_place=pattern("In your account at IndoxHub. Keys begin with “indox-”."),
        key_url="https://indoxhub.com",
        note=pattern("Clips are charged in credits: 1000 are a dollar."),
    ),
}
