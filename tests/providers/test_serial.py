"""Capabilities and prices survive the database."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio.providers.contract import Capabilities, Extra, InputRole, Price, PriceUnit, Sound
from studio.providers.serial import (
    capabilities_from_json,
    capabilities_to_json,
    prices_from_json,
    prices_to_json,
)

words = st.text(max_size=8)
flat = st.builds(
    Capabilities,
    durations_s=st.lists(st.integers(1, 60), max_size=4).map(tuple),
    default_duration_s=st.none() | st.integers(1, 60),
    aspect_ratios=st.lists(words, max_size=3).map(tuple),
    resolutions=st.lists(words, max_size=3).map(tuple),
    sound=st.sampled_from(Sound),
    inputs=st.dictionaries(st.sampled_from(InputRole), st.integers(1, 8)),
    needed_inputs=st.frozensets(st.sampled_from(InputRole)),
    references_exclude_frames=st.booleans(),
    takes_seed=st.booleans(),
    prompt_max_chars=st.integers(1, 9999),
    negative_prompt_max_chars=st.integers(0, 9999),
    extras=st.lists(
        st.builds(Extra, name=words, label=words, choices=st.lists(words, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
)
prices = st.builds(
    Price,
    amount=st.decimals(0, 100, places=4),
    unit=st.sampled_from(PriceUnit),
    currency=st.sampled_from(["USD", "CU"]),
    resolution=st.none() | words,
    has_sound=st.none() | st.booleans(),
)


def stored(document: Any) -> Any:
    """The document as it comes back from a JSON column."""
    return json.loads(json.dumps(document))


@given(base=flat, other=st.none() | flat)
def test_capabilities_come_back_as_they_were(base, other):
    whole = Capabilities(
        **{
            name: getattr(base, name)
            for name in Capabilities.__dataclass_fields__
            if name != "with_last_frame"
        },
        with_last_frame=other,
    )
    assert capabilities_from_json(stored(capabilities_to_json(whole))) == whole


@given(st.lists(prices, max_size=4).map(tuple))
def test_prices_come_back_exactly(listed):
    assert prices_from_json(stored(prices_to_json(listed))) == listed
