"""Amounts as people write them: £12.94."""

from typing import Any

from django.contrib import admin

from ..money import written


class WrittenAmount:
    """For admin classes of rows with an amount and a currency: a column `money`, sorted by the amount."""

    @admin.display(description="amount", ordering="amount")
    def money(self, row: Any) -> str:
        return written(row.amount, row.currency)
