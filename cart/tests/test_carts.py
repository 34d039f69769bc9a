"""What a cart promises, without the pages."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from cart.factories import CartFactory, CartLineFactory
from cart.models import MAX_COPIES, Cart, CartLine, NotAvailable
from cart.signals import cart_merging

pytestmark = pytest.mark.django_db


def contents(cart):
    return dict(cart.lines.values_list("book", "quantity"))


def test_the_same_book_added_twice_is_one_line():
    cart, book = CartFactory(), BookFactory(stock=5)

    cart.add(book, 2)
    cart.add(book)

    assert contents(cart) == {book.pk: 3}


def test_a_line_is_unique_in_the_database_too():
    line = CartLineFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        CartLineFactory(cart=line.cart, book=line.book)


@pytest.mark.parametrize("quantity", [0, MAX_COPIES + 1])
def test_the_database_refuses_lines_of_no_copies_and_of_too_many(quantity):
    with pytest.raises(IntegrityError), transaction.atomic():
        CartLineFactory(quantity=quantity)


def test_more_than_the_shop_has_is_refused_and_nothing_changes():
    cart, book = CartFactory(), BookFactory(stock=3)
    cart.add(book, 2)

    with pytest.raises(NotAvailable) as shortage:
        cart.add(book, 2)

    assert (shortage.value.wanted, shortage.value.available) == (4, 3)
    assert contents(cart) == {book.pk: 2}


@pytest.mark.parametrize("book", [{"stock": 0}, {"active": False}])
def test_a_book_that_cannot_be_had_is_not_added(book):
    cart = CartFactory()

    with pytest.raises(NotAvailable, match="0 available"):
        cart.add(BookFactory(**book))

    assert contents(cart) == {}


@pytest.mark.parametrize(
    ("stock", "message"),
    [
        (0, "“Emma” is sold out at the moment."),
        (1, "We have only 1 copy of “Emma”."),
        (7, "We have only 7 copies of “Emma”."),
        (500, "You can order up to 99 copies of “Emma” at once."),
    ],
)
def test_a_refusal_says_what_there_is(stock, message):
    book = BookFactory(title="Emma", stock=stock)

    with pytest.raises(NotAvailable) as shortage:
        CartFactory().add(book, MAX_COPIES + 1)

    assert shortage.value.message == message


def test_changing_to_nothing_takes_the_book_out():
    line = CartLineFactory()

    line.cart.change(line.book, 0)

    assert contents(line.cart) == {}


def test_the_price_is_the_one_of_now_and_a_change_is_known():
    line = CartLineFactory(book__price="8.99", quantity=2)
    line.book.price = Decimal("9.99")
    line.book.save()

    (seen,) = Cart.objects.get().lines_with_books

    assert seen.total == Decimal("19.98")
    assert seen.price_changed
    assert seen.price_when_added == Decimal("8.99")


def test_changing_the_quantity_accepts_the_new_price():
    line = CartLineFactory(book__price="9.99", price_when_added="8.99")

    line.cart.change(line.book, 2)

    assert not CartLine.objects.get().price_changed


def test_a_book_taken_off_the_shelf_falls_short():
    line = CartLineFactory(book__active=False)

    assert line.available == 0
    assert line.falls_short
    assert line.cart.falls_short


def test_a_cart_that_can_be_had_does_not_fall_short():
    line = CartLineFactory(quantity=2, book__stock=2)

    assert not line.cart.falls_short


def test_subtotal_and_copies_follow_a_change():
    cart, book = CartFactory(), BookFactory(price="2.50")
    cart.add(book, 2)
    before = (cart.subtotal, cart.copies)

    cart.change(book, 3)

    assert before == (Decimal("5.00"), 2)
    assert (cart.subtotal, cart.copies) == (Decimal("7.50"), 3)


def test_an_empty_cart_costs_nothing():
    assert str(CartFactory().subtotal) == "0.00"


# -- What was bought leaves the cart, and nothing else ------------------------------------------------------------


def test_only_what_was_bought_is_taken_out():
    cart = CartFactory()
    bought, more_wanted, added_later = BookFactory.create_batch(3)
    cart.add(bought, 2)
    cart.add(more_wanted, 5)
    cart.add(added_later)

    cart.take_out({bought.pk: 2, more_wanted.pk: 3})

    assert contents(cart) == {more_wanted.pk: 2, added_later.pk: 1}


def test_what_is_no_longer_there_need_not_be_taken_out():
    line = CartLineFactory(quantity=1)
    gone = BookFactory()

    line.cart.take_out({line.book.pk: 4, gone.pk: 1})

    assert contents(line.cart) == {}


def test_other_carts_keep_what_was_bought_from_this_one():
    mine = CartLineFactory()
    theirs = CartLineFactory(book=mine.book)

    mine.cart.take_out({mine.book.pk: 1})

    assert contents(theirs.cart) == {mine.book.pk: 1}


# -- Merging a guest's cart ---------------------------------------------------------------------------------------


def test_merging_adds_up_what_both_carts_hold():
    both, only_guest = BookFactory.create_batch(2)
    mine = CartLineFactory(cart__user=UserFactory(), book=both, quantity=1).cart
    guests = CartLineFactory(book=both, quantity=2).cart
    CartLineFactory(cart=guests, book=only_guest, quantity=3)

    short = mine.merge(guests)

    assert short == []
    assert contents(mine) == {both.pk: 3, only_guest.pk: 3}
    assert contents(guests) == {}


def test_merging_stops_at_what_the_shop_has_and_tells_which_lines_fall_short():
    book = BookFactory(stock=3)
    mine = CartLineFactory(cart__user=UserFactory(), book=book, quantity=2).cart
    guests = CartLineFactory(book=book, quantity=2).cart

    short = mine.merge(guests)

    assert [line.book for line in short] == [book]
    assert contents(mine) == {book.pk: 3}


def test_merging_never_takes_away_what_the_user_had():
    book = BookFactory(stock=1)
    mine = CartLineFactory(cart__user=UserFactory(), book=book, quantity=4).cart

    mine.merge(CartLineFactory(book=book).cart)

    assert contents(mine) == {book.pk: 4}


def test_a_merge_stays_below_the_most_copies_of_a_book():
    book = BookFactory(stock=500)
    mine = CartLineFactory(cart__user=UserFactory(), book=book, quantity=60).cart

    short = mine.merge(CartLineFactory(book=book, quantity=60).cart)

    assert len(short) == 1
    assert contents(mine) == {book.pk: MAX_COPIES}


def test_merging_twice_changes_nothing_more():
    mine, guests = CartFactory(user=UserFactory()), CartLineFactory(quantity=2).cart

    mine.merge(guests)
    mine.merge(guests)

    assert sum(contents(mine).values()) == 2


def test_a_cart_that_was_merged_away_gives_nothing_more():
    mine, guests = CartFactory(user=UserFactory()), CartFactory()
    mine.merge(guests)
    CartLineFactory(cart=guests)

    assert mine.merge(guests) == []

    assert contents(mine) == {}


def test_a_merge_is_announced_as_the_carts_before_it_happens():
    mine, guests = CartFactory(user=UserFactory()), CartLineFactory().cart
    heard = []

    def listen(cart, guest_cart, **kwargs):
        heard.append((cart, guest_cart, contents(cart)))

    cart_merging.connect(listen, sender=Cart)
    try:
        mine.merge(guests)
    finally:
        cart_merging.disconnect(listen, sender=Cart)

    assert heard == [(mine, guests, {})]


def test_a_merged_cart_points_to_where_its_books_went():
    mine, guests = CartFactory(user=UserFactory()), CartFactory()

    mine.merge(guests)
    guests.refresh_from_db()

    with transaction.atomic():
        assert Cart.objects.locked(guests.pk) == mine
        assert Cart.objects.locked(mine.pk) == mine
    assert list(Cart.objects.open()) == [mine]


def test_a_users_cart_cannot_be_merged_away():
    with pytest.raises(IntegrityError), transaction.atomic():
        CartFactory(user=UserFactory(), merged_into=CartFactory())


def test_a_book_added_while_the_guest_signs_in_goes_where_the_others_went():
    mine, book = CartFactory(user=UserFactory()), BookFactory()
    guests_in_another_tab = CartFactory()
    mine.merge(Cart.objects.get(pk=guests_in_another_tab.pk))

    guests_in_another_tab.add(book)

    assert contents(mine) == {book.pk: 1}
    assert not guests_in_another_tab.lines.exists()


def test_a_guests_copies_are_not_cut_down_at_sign_in():
    """Their own unpaid order may be what holds the rest; the cart's page tells what is short."""
    mine, line = CartFactory(user=UserFactory()), CartLineFactory(quantity=3)
    type(line.book).objects.filter(pk=line.book.pk).update(stock=1)

    assert mine.merge(line.cart) == []

    assert contents(mine) == {line.book.pk: 3}
