"""How books get to the shopper. Staff edit this table."""

from decimal import Decimal
from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet


class DeliveryMethodQuerySet(QuerySet["DeliveryMethod"]):
    def on_offer(self) -> Self:
        return self.filter(active=True)


class DeliveryMethod(models.Model):
    name = models.CharField(max_length=80)
    description = models.CharField(
        max_length=160, blank=True, help_text="Shown below the name, such as 2–4 working days"
    )
    price = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    free_above = models.DecimalField(
        "free for orders from",
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Books worth this much or more are delivered free. Empty: never free.",
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers come first")
    active = models.BooleanField("offered to shoppers", default=True)

    objects = DeliveryMethodQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints = (
            models.CheckConstraint(condition=Q(price__gte=0), name="delivery_price_is_not_negative"),
        )

    def __str__(self) -> str:
        return self.name

    def price_for(self, subtotal: Decimal) -> Decimal:
        """What delivery costs for books worth `subtotal`, both in the shop's currency."""
        is_free = self.free_above is not None and subtotal >= self.free_above
        return Decimal("0.00") if is_free else self.price
