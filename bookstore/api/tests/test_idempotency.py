"""`Idempotency-Key`: a client that lost the answer asks again, and nothing is made twice."""

import pytest
import time_machine

from bookstore.accounts.factories import UserFactory
from bookstore.api.models import LIFETIME, RUNNING, IdempotentRequest
from bookstore.catalog.factories import BookFactory
from bookstore.testing.api import refusal
from cart.models import CartLine
from orders.factories import ADDRESS, DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order

KEY = "3f1c9a52-cart-1"
LINES = "/api/cart/lines"


@pytest.fixture
def ada(db):
    return UserFactory()


@pytest.fixture
def program(api, ada):
    return api(ada)


@pytest.fixture
def line():
    return {"isbn13": BookFactory(stock=20).isbn13, "quantity": 2}


def add(program, line, key=KEY, path=LINES):
    return program.send("POST", path, line, Idempotency_Key=key)


def test_the_same_key_and_body_gets_the_first_answer_again(program, line):
    first, second = add(program, line), add(program, line)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert CartLine.objects.get().quantity == 2


def test_without_a_key_a_repeated_request_counts_again(program, line):
    """The control: what the key is for."""
    program.send("POST", LINES, line)
    program.send("POST", LINES, line)

    assert CartLine.objects.get().quantity == 4


def test_the_stored_answer_stays_what_it_was(program, line):
    first = add(program, line)
    program.send("DELETE", f"{LINES}/{line['isbn13']}")

    assert add(program, line).content == first.content
    assert not CartLine.objects.exists()


def test_the_order_of_fields_and_a_slash_do_not_make_it_another_request(program, line):
    add(program, line)

    again = add(program, dict(reversed(line.items())), path=f"{LINES}/")

    assert again["Idempotent-Replayed"] == "true"


def test_another_body_with_the_same_key_is_refused(program, line):
    add(program, line)

    assert refusal(add(program, line | {"quantity": 3})) == (409, "idempotency_key_reused")
    assert CartLine.objects.get().quantity == 2


def test_another_address_with_the_same_key_is_refused(program, line):
    add(program, line)

    assert refusal(add(program, line, path="/orders")) == (409, "idempotency_key_reused")


def test_keys_belong_to_their_user(api, program, line):
    other = api(UserFactory())
    add(program, line)

    answer = add(other, line | {"quantity": 1})

    assert answer.json()["lines"][0]["quantity"] == 1
    assert IdempotentRequest.objects.filter(key=KEY).count() == 2


def test_while_the_first_request_runs_the_second_is_told_to_wait(program, ada, line):
    add(program, line)
    IdempotentRequest.objects.update(status_code=None, answer="")

    answer = add(program, line)

    assert refusal(answer) == (409, "idempotency_key_in_use")
    assert answer["Retry-After"] == "1"


def test_a_request_that_died_on_its_way_can_be_made_again(program, ada, line):
    add(program, line)
    died_at = IdempotentRequest.objects.get().created_at - RUNNING
    IdempotentRequest.objects.update(status_code=None, answer="", created_at=died_at)

    again, replayed = add(program, line), add(program, line)

    assert again.status_code == 201
    assert replayed["Idempotent-Replayed"] == "true"


def test_a_run_that_was_given_up_for_dead_changes_nothing_when_it_wakes(program, line, monkeypatch):
    """Another run may have taken over: two would add twice."""
    from cart.models import Cart

    add_to_cart = Cart.add

    def slowly(*args):
        IdempotentRequest.objects.get().take_over()
        return add_to_cart(*args)

    monkeypatch.setattr(Cart, "add", slowly)

    assert refusal(add(program, line)) == (409, "idempotency_key_in_use")
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("wrong", [{"isbn13": "9789999999991"}, {"quantity": 0}, {"quantity": 21}])
def test_after_an_error_the_key_is_free(program, line, wrong):
    refused = add(program, line | wrong)

    answer = add(program, line)

    assert refused.status_code in (400, 404, 409)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer


def test_after_a_fault_of_ours_nothing_is_done_and_the_key_is_free(program, line, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("cart.api._answer", lambda *args: 1 / 0)
        failed = add(program, line)
    nothing = not CartLine.objects.exists()

    assert refusal(failed) == (500, "server_error")
    assert nothing
    assert add(program, line).status_code == 201


def test_after_a_day_the_key_is_forgotten(program, ada, line):
    add(program, line)

    with time_machine.travel(IdempotentRequest.objects.get().created_at + LIFETIME, tick=True):
        program.sign_in(ada)
        answer = add(program, line | {"quantity": 3})

    assert answer.status_code == 201
    assert CartLine.objects.get().quantity == 5


@pytest.mark.parametrize("key", ["", "a" * 256, "with space", "ä", "tab\t1"])
def test_a_key_that_cannot_be_is_refused(program, line, key):
    assert refusal(add(program, line, key)) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize("key", ["~", "a" * 255])
def test_the_shortest_and_the_longest_key_are_taken(program, line, key):
    assert add(program, line, key).status_code == 201


def test_an_order_is_placed_once_and_its_answer_outlives_the_cart(program, ada):
    cart = filled_cart(BookFactory(), user=ada)
    address = {
        "fullName": ADDRESS.full_name,
        "line1": ADDRESS.address_line1,
        "city": "Leeds",
        "country": "GB",
    }
    wanted = {
        "shippingAddress": address,
        "deliveryMethodId": DeliveryMethodFactory().pk,
        "agreedTotal": 12.94,
    }
    first = add(program, wanted, path="/orders")
    cart.lines.all().delete()

    second = add(program, wanted, path="/orders")

    assert (second.status_code, second.content) == (201, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_a_payments_answer_is_repeated_without_its_secret_being_stored(program, ada, stripe):
    path = f"/orders/{place_order(user=ada).pk}/payment"

    first, second = add(program, None, path=path), add(program, None, path=path)

    known = IdempotentRequest.objects.get()
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert (known.status_code, known.answer) == (200, "")
    assert len(stripe.sandbox.intents()) == 1


def test_a_payments_key_is_of_no_use_for_another_order(program, ada, stripe):
    ours, other = (place_order(user=ada, cart=filled_cart()) for _ in range(2))
    add(program, None, path=f"/orders/{ours.pk}/payment")

    answer = add(program, None, path=f"/orders/{other.pk}/payment")

    assert refusal(answer) == (409, "idempotency_key_reused")
    assert len(stripe.sandbox.intents()) == 1
