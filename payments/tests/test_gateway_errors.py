"""What the SDK's errors are called here, and what they say: whether the key is spent hangs on it."""

from decimal import Decimal

import pytest
import stripe

from payments import gateway
from payments.gateway import StripeFailed, StripeRefused, StripeUnavailable

pytestmark = pytest.mark.django_db


def told(error):
    with pytest.raises(gateway.GatewayError) as found, gateway._calling():
        raise error
    return found.value


@pytest.mark.parametrize("status", [500, 503])
def test_after_an_error_of_stripes_the_key_is_spent(status):
    assert type(told(stripe.APIError("down", http_status=status))) is StripeFailed


@pytest.mark.parametrize("status", [409, None])
def test_while_another_call_with_the_key_is_under_way_it_is_asked_with_again(status):
    """409: a new key would open a second intent beside the other call's."""
    assert type(told(stripe.APIError("busy", http_status=status))) is StripeUnavailable


def test_a_refusal_has_stripes_code_and_words():
    refusal = told(stripe.CardError("Your card was declined.", None, "card_declined"))

    assert (type(refusal), refusal.code) == (StripeRefused, "card_declined")
    assert str(refusal) == "card_declined: Your card was declined."


def test_a_refusal_without_a_code_has_none():
    refusal = told(stripe.InvalidRequestError("Not like this.", None))

    assert (refusal.code, str(refusal)) == ("", "Not like this.")


def test_a_refusal_without_words_says_what_kind_it_was():
    assert str(told(stripe.CardError(None, None, None))) == "CardError"


def test_an_amount_that_nobody_can_charge_is_named(payment):
    payment.amount = Decimal(1_000_000)

    with pytest.raises(StripeRefused) as refusal:
        gateway.create_intent(payment)

    assert str(refusal.value) == "unpayable: 1000000 gbp is outside what Stripe can charge"
