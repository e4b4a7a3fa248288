"""How much may be spent: in a day or a month, by one member or all, at one provider or all."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from studio.models.provider import Provider


class Budget(models.Model):
    """A most for a stretch of time. Without a member it is everybody's together, without a
    provider it holds for all of them together. What a job takes of it stands in the job's row."""

    class Period(models.TextChoices):
        DAY = "day", pgettext_lazy("budget", "a day")
        MONTH = "month", pgettext_lazy("budget", "a month")

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="budgets",
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets"
    )
    period = models.CharField(max_length=10, choices=Period, default=Period.MONTH)
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    currency = models.CharField(max_length=8, default="USD")
    allows_unpriced = models.BooleanField(
        default=False, help_text="Also clips whose price is not published in this currency."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.get_period_display()}"
