"""How orders came to be where they are, as their history tells it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q

from orders.models import Order, OrderEvent

from ..registry import Rule, invariant, select

Kind = OrderEvent.Kind
Status = Order.Status

FOLLOWS = {
    "": (Kind.PLACED,),
    Kind.PLACED: (Kind.CONFIRMED, Kind.CANCELED),
    Kind.CANCELED: (Kind.REVIVED,),
    Kind.CONFIRMED: (Kind.SHIPPED, Kind.CANCELED),
    Kind.REVIVED: (Kind.SHIPPED, Kind.CANCELED),
    Kind.SHIPPED: (Kind.SHIPPED, Kind.DELIVERED),
}
"""Which steps may follow one. What else a history tells of (declines, refunds, disputes) moves no order."""

LEADS_TO = {
    Kind.PLACED: (Status.PENDING,),
    Kind.CONFIRMED: (Status.CONFIRMED,),
    Kind.REVIVED: (Status.CONFIRMED,),
    Kind.CANCELED: (Status.CANCELED,),
    Kind.SHIPPED: (Status.SHIPPED, Status.CONFIRMED),  # CONFIRMED: more parcels are to come
    Kind.DELIVERED: (Status.DELIVERED,),
}
STEPS = OrderEvent.objects.filter(kind__in=LEADS_TO).order_by()


def _pairs(table: Mapping[Any, Iterable[Any]]) -> list[str]:
    return [f"{first}>{second}" for first, several in table.items() for second in several]


def _places(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


# The steps of an order beside each other; only those that cannot follow, and the last ones, meet their order.
ILLEGAL = f"""
    SELECT orders.number, orders.status, told.before, told.kind, told.id
    FROM (
        SELECT id, order_id, kind, LAG(kind) OVER steps AS before, LEAD(kind) OVER steps AS after
        FROM orders_orderevent
        WHERE kind IN ({_places(list(LEADS_TO))})
        WINDOW steps AS (PARTITION BY order_id ORDER BY id)
    ) told
    JOIN orders_order orders ON orders.id = told.order_id
    WHERE COALESCE(told.before, '') || '>' || told.kind NOT IN ({_places(_pairs(FOLLOWS))})
    OR told.after IS NULL AND told.kind || '>' || orders.status NOT IN ({_places(_pairs(LEADS_TO))})
"""  # noqa: S608 # nothing but placeholders is filled in

HAS_TIMES = (
    Q(status=Status.PENDING)
    | Q(status=Status.CONFIRMED, confirmed_at__isnull=False)
    | Q(status=Status.SHIPPED, confirmed_at__isnull=False, shipped_at__isnull=False)
    | Q(
        status=Status.DELIVERED,
        confirmed_at__isnull=False,
        shipped_at__isnull=False,
        delivered_at__isnull=False,
    )
    | Q(status=Status.CANCELED, canceled_at__isnull=False) & ~Q(cancel_reason="")
)


@invariant(
    9,
    "Orders have moved as they may; their history tells each step, its time and cause",
    unit="steps",
    count=STEPS.count,
)
def steps_are_legal() -> Iterator[Rule]:
    illegal = select(ILLEGAL, [*LEADS_TO, *_pairs(FOLLOWS), *_pairs(LEADS_TO)])
    yield Rule("order {} is {}, after {} its history tells {} (entry {})", illegal)
    untold = Order.objects.exclude(Exists(OrderEvent.objects.filter(order=OuterRef("pk"), kind=Kind.PLACED)))
    yield Rule("order {} is {}, its history does not begin", untold.values_list("number", "status"))
    in_part = Order.objects.filter(status=Status.CONFIRMED, events__kind=Kind.SHIPPED, shipments=None)
    yield Rule("order {} is shipped in part, but no parcel is known", in_part.values_list("number"))
    yield Rule(
        "order {} is {}, but a time or the reason is missing",
        Order.objects.exclude(HAS_TIMES).values_list("number", "status"),
    )
