"""Every page has its row in tests.pages, so that it is looked at and tested with the others."""

import pytest

from studio.urls import studio_urls
from tests.pages import NO_PAGES, PAGES
from tests.views.test_access import address

NAMES = {path.name for path in studio_urls}


def test_the_table_of_pages_names_only_what_exists():
    assert set(PAGES) <= NAMES
    assert NO_PAGES <= NAMES
    assert not set(PAGES) & NO_PAGES


@pytest.mark.parametrize("name", sorted(NAMES - set(PAGES) - NO_PAGES))
def test_what_is_no_page_answers_no_visit(browser, name):
    assert browser.get(address(name)).status_code == 405
