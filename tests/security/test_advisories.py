"""No advisory is forgotten: each has its test."""

import ast
from pathlib import Path

import pytest

from tests.security.advisories import ADVISORIES

TESTS = Path(__file__).resolve().parent.parent
ROWS = range(1, 35)


def test_every_advisory_is_shown():
    assert set(ADVISORIES) == set(ROWS)


@pytest.mark.parametrize("row", sorted(ADVISORIES))
def test_each_test_that_is_named_exists(row: int):
    assert ADVISORIES[row].shown_by
    for named in ADVISORIES[row].shown_by:
        path, _, name = named.partition("::")
        module = ast.parse((TESTS / path).read_text())
        assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", sorted(ADVISORIES))
def test_its_id_stands_in_the_tests_of_this_folder(row: int):
    named = {name.partition("::")[0] for name in ADVISORIES[row].shown_by}
    ours = [path for path in named if path.startswith("security/")]
    texts = [(TESTS / path).read_text() for path in ours]
    assert not ours or any(ADVISORIES[row].id.removeprefix("release ") in text for text in texts)
