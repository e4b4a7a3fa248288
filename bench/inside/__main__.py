"""`python -m bench.inside NAME`: a JSON document on standard input, one on standard output."""

import json
import sys
from collections.abc import Callable
from typing import Any

from bench.inside.fetch import fetch
from bench.inside.library import gallery_page, library
from bench.inside.past import admin_page, past
from bench.inside.seed import seed
from bench.inside.send import open_accounts, outcomes, send
from bench.inside.simple import simple
from bench.inside.work import work

CALLS: dict[str, Callable[[Any], Any]] = {
    "admin_page": admin_page,
    "fetch": fetch,
    "gallery_page": gallery_page,
    "library": library,
    "open_accounts": open_accounts,
    "outcomes": outcomes,
    "past": past,
    "seed": seed,
    "send": send,
    "simple": simple,
}


def main(name: str, *words: str) -> None:
    if name == "work":
        work(*words)
    else:
        print(json.dumps(CALLS[name](json.load(sys.stdin))))


main(*sys.argv[1:])
