"""Budgets: what may be spent, and what is gone of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from studio.forms import BudgetForm
from studio.models import Budget
from studio.services import budgets


@never_cache
@require_http_methods(["GET", "POST"])
def budget_list(request: HttpRequest) -> HttpResponse:
    """All budgets; POST sets one."""
    form = BudgetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kept = budgets.save(form.save(commit=False))
        messages.success(request, _("%(budget)s is set.") % {"budget": budgets.name_of(kept)})
        return redirect("studio:budgets")
    found = Budget.objects.select_related("member", "provider")
    context = {"form": form, "standings": budgets.standings(found)}
    return render(request, "budgets/page.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    budget = get_object_or_404(Budget.objects.select_related("member", "provider"), pk=pk)
    name = budgets.name_of(budget)
    budget.delete()
    messages.success(
        request, _("%(budget)s is lifted: there is no limit any more.") % {"budget": name}
    )
    return redirect("studio:budgets")
