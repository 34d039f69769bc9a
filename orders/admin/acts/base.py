"""An act: one thing that staff do to an order, with a page of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms

from bookstore.accounts.models import User
from bookstore.catalog.models import OutOfStock
from orders.admin.situation import Situation
from orders.models import Order, OrderLine
from payments import gateway


class Refused(Exception):
    """It cannot be done; `words` for staff say why, next to `field`, or above the form when there is none."""

    def __init__(self, words: str, field: str | None = None) -> None:
        super().__init__(words)
        self.words, self.field = words, field


class ActForm(forms.Form):
    """What an act needs to know. `key` names the form: sent twice, it has one effect."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    first: ClassVar[tuple[str, ...]] = ()
    """Fields that stand above the lines."""

    def __init__(self, situation: Situation, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid4()}, label_suffix="")
        self.situation = situation

    @property
    def fields_above(self) -> list[forms.BoundField]:
        return [self[name] for name in self.first]

    @property
    def fields_below(self) -> list[forms.BoundField]:
        """All others but the hidden ones and those of the lines, which a table shows."""
        others = (field for field in self.visible_fields() if field.name not in self.first)
        return [field for field in others if not field.name.startswith(COPIES)]

    @property
    def rows(self) -> list[tuple[OrderLine, int, forms.BoundField]]:
        """Line, copies that are left, and the field for how many of them; empty for most acts."""
        return []


COPIES = "copies_"


class CopiesForm(ActForm):
    """Asks how many copies of each line. Where none is left the field stays: somebody may have been faster."""

    verb: ClassVar[str]

    def __init__(self, situation: Situation, data: Any = None) -> None:
        super().__init__(situation, data)
        for line in situation.lines:
            most = self.left.get(line.pk, 0)
            self.fields[f"{COPIES}{line.pk}"] = forms.IntegerField(
                label=f"Copies of {line.title}",
                min_value=0,
                max_value=most,
                required=False,
                initial=self.proposed(most),
                error_messages={"max_value": f"Only {most} left to {self.verb}." if most else self.none_left},
            )

    @property
    def left(self) -> dict[int, int]:
        """Copies that there may be at most, by primary key of the line."""
        raise NotImplementedError

    @property
    def none_left(self) -> str:
        return f"None is left to {self.verb}."

    def proposed(self, most: int) -> int:
        return most

    @property
    def rows(self) -> list[tuple[OrderLine, int, forms.BoundField]]:
        rows = [
            (line, self.left.get(line.pk, 0), self[f"{COPIES}{line.pk}"]) for line in self.situation.lines
        ]
        return [row for row in rows if row[1] or row[2].errors]

    def copies(self) -> dict[int, int]:
        """What was asked for, by primary key of the line; lines without any are left out."""
        asked = {line.pk: self.cleaned_data.get(f"{COPIES}{line.pk}") for line in self.situation.lines}
        return {pk: n for pk, n in asked.items() if n}


class Act:
    """`name` is the page's address, `permission` is needed to see and to do it.

    `asks_twice`: what will happen is shown on a page of its own, and done when that is confirmed.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str]
    button: ClassVar[str]
    form: ClassVar[type[ActForm]] = ActForm
    asks_twice: ClassVar[bool] = False

    def is_possible(self, situation: Situation) -> bool:
        """Whether the order's state allows it, as far as can be seen; the act itself looks again under a lock."""
        raise NotImplementedError

    def was_done(self, situation: Situation, key: UUID) -> bool:
        """Whether the form with this key has had its effect."""
        return False

    def explain(self, situation: Situation) -> Sequence[str]:
        """What it does, shown above the form."""
        return []

    def promise(self, form: Any) -> Sequence[str]:
        """What will happen, line by line, when the form is confirmed."""
        return []

    def check(self, form: Any, person: User) -> None:
        """What a form cannot know by itself. Raises Refused."""

    def do(self, form: Any, person: User) -> str:
        """Answers what was done, in words. Raises Refused; nothing has changed then."""
        raise NotImplementedError


@contextmanager
def in_words(order: Order) -> Iterator[None]:
    """What the shop refuses, told to staff."""
    try:
        yield
    except Order.Refunded as refusal:
        raise Refused("All of its money has gone back, so the books stay.") from refusal
    except Order.WrongStatus as refusal:
        order.refresh_from_db(fields=["status"])
        status = order.get_status_display().lower()
        raise Refused(f"This cannot be done any more: the order is {status} now.") from refusal
    except OutOfStock as refusal:
        titles = order.lines.filter(book__in=refusal.available).values_list("title", flat=True)
        raise Refused(f"Not enough copies are on the shelf: {', '.join(titles)}.") from refusal
    except gateway.GatewayError as silence:
        raise Refused(
            "Stripe could not be asked, so the order stays as it is. Please try again in a moment."
        ) from silence


def copies_in_words(number: int) -> str:
    return f"{number} {'copy' if number == 1 else 'copies'}"
