"""How budgets are shown."""

from django import template

from studio.models import Budget
from studio.services import budgets

register = template.Library()


@register.filter
def budget_name(budget: Budget) -> str:
    """ "mara's budget at indoxhub" """
    return budgets.name_of(budget)
