"""What the page shows of the figures: the main ones beside those before, and charts with their tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString

from . import charts, wording
from .charts import Point
from .figures import Figures, Sums
from .periods import name_of, short_name_of
from .wording import Exact, Number

NOTHING = "–"


@dataclass(frozen=True)
class Fact:
    name: str
    value: str
    compared: str
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """A chart and its table; the first cell of each row names it."""

    key: str
    title: str
    summary: str
    note: str
    drawing: SafeString
    head: list[str]
    rows: list[list[str]]


def facts(figures: Figures) -> list[Fact]:
    now, before = figures.now.takings, figures.before.takings
    declines, declines_before = figures.now.declines, figures.before.declines
    return [
        _fact("Takings", now.taken, before.taken, wording.amount, "Payments that came"),
        _fact("Refunds", now.refunded, before.refunded, wording.amount, "Asked for, and not failed"),
        _fact("Net", now.net, before.net, wording.amount, "Takings less refunds"),
        _fact("Orders", now.orders, before.orders, wording.number, "Accepted by the shop"),
        _fact("Average order", now.average, before.average, wording.amount, "Delivery included"),
        _fact("Declined tries", declines, declines_before, wording.number, "Most are paid at another try"),
    ]


def panels(figures: Figures) -> list[Panel]:
    return [_takings(figures), _orders(figures), _average(figures), _declines(figures), _delays(figures)]


def best_sellers(figures: Figures) -> Panel | None:
    """None where nothing was sold."""
    books = figures.best_sellers
    if not books:
        return None
    first = books[0]
    summary = f"Most copies: {first.title}, {first.copies}."
    points = [Point(book.title, "", book.copies) for book in books]
    drawing = charts.lying_bars("best-sellers", "Best sellers", summary, points, _copies)
    note = "Copies in orders that were accepted in this time and not canceled since."
    rows = [
        [book.title, book.isbn13, str(book.copies), wording.amount(book.value), str(book.stock)]
        for book in books
    ]
    head = ["Title", "ISBN", "Copies", "Sold for", "In stock now"]
    return Panel("best-sellers", "Best sellers", summary, note, drawing, head, rows)


def _takings(figures: Figures) -> Panel:
    rows = [
        (at, wording.amount(sums.takings.taken), wording.amount(sums.takings.refunded), sums)
        for at, sums in _named(figures)
    ]
    points = [
        Point(at, label, float(sums.takings.taken), float(sums.takings.refunded), f"{at}: {taken}, −{back}")
        for (at, taken, back, sums), label in zip(rows, _labels(figures), strict=True)
    ]
    summary = _most(points, wording.amount)
    table = [[at, taken, back, wording.amount(sums.takings.net)] for at, taken, back, sums in rows]
    return Panel(
        "takings",
        "Takings and refunds",
        summary,
        "Takings stand above the line; refunds hang below it, hatched.",
        charts.columns("takings", "Takings and refunds", summary, points, wording.round_amount),
        [figures.span.unit.label, "Takings", "Refunds", "Net"],
        table,
    )


def _orders(figures: Figures) -> Panel:
    return _single(
        figures,
        "orders",
        "Orders",
        "Orders that the shop accepted, also those that were canceled later.",
        lambda sums: sums.takings.orders,
        wording.number,
        least=1,
    )


def _average(figures: Figures) -> Panel:
    return _single(
        figures,
        "average",
        "Average order",
        "What accepted orders came to, divided by their number.",
        lambda sums: sums.takings.average,
        wording.amount,
        axis=wording.round_amount,
    )


def _declines(figures: Figures) -> Panel:
    return _single(
        figures,
        "declines",
        "Failed payments",
        "Tries that the bank declined. Most are followed by one that succeeds.",
        lambda sums: sums.declines,
        wording.number,
        least=1,
    )


def _delays(figures: Figures) -> Panel:
    panel = _single(
        figures,
        "delays",
        "Webhook delay",
        "From the event at Stripe, which counts in whole seconds, to the webhook that told of it, on average.",
        lambda sums: sums.delays.mean,
        wording.duration,
    )
    more = [
        [
            wording.duration(sums.delays.longest) if sums.delays.webhooks else NOTHING,
            str(sums.delays.webhooks),
        ]
        for _, sums in _named(figures)
    ]
    rows = [[*row, *cells] for row, cells in zip(panel.rows, more, strict=True)]
    head = [figures.span.unit.label, "Average", "Longest", "Webhooks"]
    return Panel(panel.key, panel.title, panel.summary, panel.note, panel.drawing, head, rows)


def _single(
    figures: Figures,
    key: str,
    title: str,
    note: str,
    value_of: Callable[[Sums], Number | None],
    say: Callable[[Number], str],
    *,
    axis: Callable[[Number], str] | None = None,
    least: float = 0.0,
) -> Panel:
    """A panel of one series."""
    points, rows = [], []
    for (at, sums), label in zip(_named(figures), _labels(figures), strict=True):
        value = value_of(sums)
        words = NOTHING if value is None else say(value)
        points.append(Point(at, label, None if value is None else float(value), told=f"{at}: {words}"))
        rows.append([at, words])
    summary = _most(points, say)
    drawing = charts.columns(key, title, summary, points, axis or say, least=least)
    return Panel(key, title, summary, note, drawing, [figures.span.unit.label, title], rows)


def _fact(
    name: str, now: Exact | None, before: Exact | None, say: Callable[[Number], str], note: str
) -> Fact:
    value = NOTHING if now is None else say(now)
    return Fact(name, value, wording.compared(now, before, say), note)


def _named(figures: Figures) -> list[tuple[str, Sums]]:
    return [(name_of(start, figures.span.unit), sums) for start, sums in figures.rows.items()]


def _labels(figures: Figures) -> list[str]:
    return [short_name_of(start, figures.span.unit) for start in figures.rows]


def _most(points: Iterable[Point], say: Callable[[Number], str]) -> str:
    measured = [point for point in points if point.up]
    if not measured:
        return "Nothing in this time."
    most = max(measured, key=lambda point: point.up or 0)
    return f"Most: {most.name}, {say(Decimal(str(most.up)))}."


def _copies(number: Number) -> str:
    return f"{number:.0f} {'copy' if number == 1 else 'copies'}"
