"""How orders came to be where they are, as their history tells it."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import Lag, Lead

from orders.models import Order, OrderEvent

from ..registry import Rule, invariant

Kind = OrderEvent.Kind
Status = Order.Status

NEXT = {
    None: (Kind.PLACED,),
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
    steps = STEPS.annotate(before=_neighbour(Lag), after=_neighbour(Lead))
    yield Rule(
        "order {} is {}, after {} its history tells {} (entry {})",
        steps.exclude(_is_legal()).values_list("order__number", "order__status", "before", "kind", "pk"),
    )
    untold = Order.objects.exclude(Exists(OrderEvent.objects.filter(order=OuterRef("pk"), kind=Kind.PLACED)))
    yield Rule("order {} is {}, its history does not begin", untold.values_list("number", "status"))
    in_part = Order.objects.filter(status=Status.CONFIRMED, events__kind=Kind.SHIPPED, shipments=None)
    yield Rule("order {} is shipped in part, but no parcel is known", in_part.values_list("number"))
    yield Rule(
        "order {} is {}, but a time or the reason is missing",
        Order.objects.exclude(HAS_TIMES).values_list("number", "status"),
    )


def _neighbour(which: type[Lag | Lead]) -> Window:
    return Window(which("kind"), partition_by=F("order_id"), order_by=F("pk").asc())


def _is_legal() -> Q:
    """A step may follow the one before it, and the last one led to where the order is."""
    follows = Q(pk__in=[])
    for before, kinds in NEXT.items():
        follows |= Q(before=before, kind__in=kinds) if before else Q(before__isnull=True, kind__in=kinds)
    leads = Q(after__isnull=False)
    for kind, statuses in LEADS_TO.items():
        leads |= Q(kind=kind, order__status__in=statuses)
    return follows & leads
