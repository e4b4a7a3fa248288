"""Lists of rows that only the engine writes, however many there are: nothing is counted or sorted
that no index holds ready."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format

MOST_COUNTED = 10_000
PER_PAGE = 100


class ReadOnlyAdmin:
    """Rows that only the engine writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BoundedPaginator(Paginator):
    """Counts up to a bound and no further: counting a million rows takes longer than showing a
    hundred. What lies behind is reached through a filter, such as an earlier day."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST_COUNTED + 1].count())

    @property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @property
    def is_more(self) -> bool:
        return self._counted > MOST_COUNTED


class BoundedList(ChangeList):
    """A list in its one order. The address cannot ask for another one."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[Any]:
        return [*(self.model_admin.get_ordering(request) or self.lookup_opts.ordering or ())]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # Else the page would say beside the search how many there are, as if all were counted.
        self.full_result_count = self.result_count

    @property
    def counted(self) -> str:
        """ "12 jobs", "more than 10,000 jobs"."""
        count, names = self.result_count, self.opts
        name = names.verbose_name if count == 1 else names.verbose_name_plural
        more = "more than " if self.paginator.is_more else ""
        return f"{more}{number_format(count, force_grouping=True)} {name}"


class LongListAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """A list of very many rows, newest first. It can be narrowed by `allowed_lookups` alone: any
    other column could be slow, or a secret to be found out letter by letter."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = PER_PAGE
    list_max_show_all = 0
    allowed_lookups: frozenset[str] = frozenset()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.allowed_lookups

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        return ()
