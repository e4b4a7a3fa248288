"""What a long list can be narrowed by. An address says it as the studio's own history does."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, QueryDict

from studio.models import Asset, Job, Provider, ProviderModel
from studio.services.history import Wanted

Choices = list[tuple[Any, Any]]
DAYS = ("since", "until")


class Narrowing(admin.SimpleListFilter):
    """One word of the address. What it says and nobody understands is left out."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = Wanted.from_query(QueryDict(urlencode(self.used_parameters)))
        return wanted.apply(queryset)  # type: ignore[arg-type]


class StateFilter(Narrowing):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(Job.State.choices)


class AskingFilter(admin.SimpleListFilter):
    title = "question"
    parameter_name = "asking"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("1", "asks something")]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        found: QuerySet = queryset.asking() if self.value() == "1" else queryset
        return found


class ProviderFilter(Narrowing):
    title = "provider"
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(Provider.objects.values_list("pk", "name"))


class ModelFilter(Narrowing):
    """The models that were ever used; of the chosen provider alone, if there is one."""

    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        used = Job.objects.filter(provider_model=OuterRef("pk")).order_by()
        models = ProviderModel.objects.filter(Exists(used)).select_related("provider")
        chosen = Wanted.from_query(request.GET).provider
        if chosen is not None:
            models = models.filter(provider=chosen)
        models = models.defer("provider__api_key", "provider__options_text")
        return [(model.pk, str(model)) for model in models]


class MemberFilter(Narrowing):
    title = "member"
    parameter_name = "member"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(User.objects.order_by("username").values_list("pk", "username"))


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(Asset.Kind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        is_known = self.value() in Asset.Kind.values
        return queryset.filter(kind=self.value()) if is_known else queryset


class DayFilter(Narrowing):
    """From a day to a day, by the studio's own clock; both are in it."""

    title = "day"
    parameter_name = "since"
    template = "admin/day_filter.html"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        if "until" in params:
            self.used_parameters["until"] = params.pop("until")[-1]

    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return []

    def expected_parameters(self) -> list[str | None]:
        return list(DAYS)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The form: its two days, and all else that narrows the list."""
        others = changelist.filter_params.items()
        yield {
            "kept": [(name, each) for name, given in others if name not in DAYS for each in given],
            "days": {name: self.used_parameters.get(name, "") for name in DAYS},
            "selected": not self.used_parameters,
            "without": changelist.get_query_string(remove=list(DAYS)),
        }
