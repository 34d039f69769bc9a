"""`manage.py audit`: what it prints, how it ends, and what it costs."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, connections, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test.utils import CaptureQueriesContext

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders.audit import audit
from orders.audit.moment import snapshot
from orders.audit.registry import Finding
from orders.models import Order

from .shop import paid

pytestmark = pytest.mark.django_db


def printed(*arguments):
    out = StringIO()
    call_command("audit", *arguments, stdout=out)
    return out.getvalue()


def failed(*arguments):
    """What was printed, and the error that it ended with."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("audit", *arguments, stdout=out)
    return out.getvalue(), error.value


def test_a_sound_shop_gets_a_line_for_each_invariant():
    paid()

    *lines, verdict = printed().splitlines()

    assert [line.split()[:2] for line in lines] == [["ok", str(n)] for n in range(1, 16)]
    assert lines[0].endswith("1 orders")
    assert verdict.startswith("All 15 invariants hold")


def test_a_broken_one_is_named_with_its_rows():
    book = BookFactory(stock=3)
    Book.objects.update(stock=5)

    out, error = failed()

    assert "BROKEN   5  " in out
    assert f"    book {book.isbn13}: 5 on the shelf, 3 by its movements" in out
    assert str(error) == "1 invariants are broken (5), by 1 rows."
    assert error.returncode == 1


def test_twenty_rows_are_named_and_the_rest_is_counted():
    finding = Finding(1, "All is well", 40, "rows", tuple(map(str, range(40))))

    assert finding.named() == [*map(str, range(20)), "and 20 more"]
    assert Finding(1, "All is well", 40, "rows", tuple(map(str, range(20)))).named() == [*map(str, range(20))]


def test_programs_may_have_it_as_json():
    BookFactory(stock=3)
    Book.objects.update(stock=5)

    out, _ = failed("--json")

    findings = json.loads(out)
    assert [finding["number"] for finding in findings] == [*range(1, 16)]
    assert [finding["number"] for finding in findings if finding["offences"]] == [5]
    assert "invariants hold" not in out


def statements():
    with CaptureQueriesContext(connection) as captured:
        audit()
    return len(captured)


def test_statements_do_not_grow_with_the_orders():
    paid()
    few = statements()
    for _ in range(3):
        paid(*BookFactory.create_batch(2), quantity=2)

    assert statements() == few < 80


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_all_is_seen_as_it_was_at_the_first_look():
    """Somebody buys between two statements: neither the order nor its payment is seen."""
    with snapshot():
        before = Order.objects.count()
        _in_another_thread(paid)
        during = Order.objects.count()

    assert (before, during, Order.objects.count()) == (0, 0, 1)
    with transaction.atomic(), transaction.atomic():  # nothing is left open
        assert [finding for finding in audit() if finding.is_broken] == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_it_can_write_nothing():
    with pytest.raises(InternalError, match="read-only"), snapshot():
        BookFactory()


def test_on_sqlite_the_shop_goes_on_writing_meanwhile(monkeypatch, tmp_path):
    reader, writer = _file(tmp_path), _file(tmp_path)
    _run(writer, "CREATE TABLE book (title text)")
    monkeypatch.setattr("orders.audit.moment.connection", reader)

    with snapshot():
        before = _run(reader, "SELECT count(*) FROM book")
        _run(writer, "INSERT INTO book VALUES ('Emma')")
        during = _run(reader, "SELECT count(*) FROM book")

    assert (before, during, _run(reader, "SELECT count(*) FROM book")) == ((0,), (0,), (1,))
    reader.close()
    writer.close()


def _file(folder):
    """A connection as settings.py makes them."""
    options = {"transaction_mode": "IMMEDIATE", "timeout": 0, "init_command": "PRAGMA journal_mode=WAL;"}
    return DatabaseWrapper(
        connections.settings["default"] | {"NAME": folder / "shop.sqlite3", "OPTIONS": options}
    )


def _run(database, sql):
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def _in_another_thread(act):
    def run():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
