"""Capabilities and prices as plain JSON, for the database."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from studio.providers.contract import (
    Capabilities,
    Extra,
    InputRole,
    Price,
    PriceUnit,
    Sound,
)

_PLAIN = (
    "default_duration_s",
    "references_exclude_frames",
    "takes_seed",
    "prompt_max_chars",
    "negative_prompt_max_chars",
)
_LISTS = ("durations_s", "aspect_ratios", "resolutions")


def capabilities_to_json(capabilities: Capabilities) -> dict[str, Any]:
    document: dict[str, Any] = {name: getattr(capabilities, name) for name in _PLAIN}
    document |= {name: list(getattr(capabilities, name)) for name in _LISTS}
    document["sound"] = capabilities.sound.value
    document["inputs"] = {role.value: most for role, most in capabilities.inputs.items()}
    document["needed_inputs"] = sorted(role.value for role in capabilities.needed_inputs)
    document["extras"] = [
        {"name": e.name, "label": e.label, "help": e.help, "choices": list(e.choices)}
        for e in capabilities.extras
    ]
    other = capabilities.with_last_frame
    document["with_last_frame"] = capabilities_to_json(other) if other else None
    return document


def capabilities_from_json(document: Mapping[str, Any]) -> Capabilities:
    fields: dict[str, Any] = {name: document[name] for name in _PLAIN}
    fields |= {name: tuple(document[name]) for name in _LISTS}
    other = document["with_last_frame"]
    return Capabilities(
        **fields,
        sound=Sound(document["sound"]),
        inputs={InputRole(role): most for role, most in document["inputs"].items()},
        needed_inputs=frozenset(InputRole(role) for role in document["needed_inputs"]),
        extras=tuple(
            Extra(**(extra | {"choices": tuple(extra["choices"])})) for extra in document["extras"]
        ),
        with_last_frame=capabilities_from_json(other) if other else None,
    )


def prices_to_json(prices: Sequence[Price]) -> list[dict[str, Any]]:
    return [
        {
            "amount": str(price.amount),
            "unit": price.unit.value,
            "currency": price.currency,
            "resolution": price.resolution,
            "has_sound": price.has_sound,
        }
        for price in prices
    ]


def prices_from_json(documents: Sequence[Mapping[str, Any]]) -> tuple[Price, ...]:
    return tuple(
        Price(
            amount=Decimal(document["amount"]),
            unit=PriceUnit(document["unit"]),
            currency=document["currency"],
            resolution=document["resolution"],
            has_sound=document["has_sound"],
        )
        for document in documents
    )
