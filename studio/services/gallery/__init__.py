"""The gallery: which clips a view shows, in which order, and what they come to."""

from studio.services.gallery.choices import Choices
from studio.services.gallery.filter import Filter
from studio.services.gallery.order import Cursor
from studio.services.gallery.paging import Neighbours, clips, count_newer, neighbours, shown_of
from studio.services.gallery.screen import Change, Group, Screen, change, part, whole
from studio.services.gallery.totals import Sums, Totals, totals

__all__ = [
    "Change",
    "Choices",
    "Cursor",
    "Filter",
    "Group",
    "Neighbours",
    "Screen",
    "Sums",
    "Totals",
    "change",
    "clips",
    "count_newer",
    "neighbours",
    "part",
    "shown_of",
    "totals",
    "whole",
]
