"""What shoppers read when a card is declined."""

import pytest

from payments import declines
from payments.models import Payment
from payments.sandbox import cards


@pytest.mark.parametrize(
    ("code", "decline_code", "word"),
    [
        ("card_declined", "insufficient_funds", "enough money"),
        ("expired_card", "expired_card", "expired"),
        ("incorrect_cvc", "incorrect_cvc", "security code"),
        ("processing_error", "processing_error", "moment"),
        ("payment_intent_authentication_failure", "", "could not confirm"),
    ],
)
def test_each_reason_has_words_of_its_own(code, decline_code, word):
    assert word in declines.explain(code, decline_code)


@pytest.mark.parametrize(
    "decline_code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "do_not_honor"]
)
def test_a_thief_learns_nothing(decline_code):
    assert declines.explain("card_declined", decline_code) == declines.GENERAL


def test_unknown_codes_get_the_general_words():
    assert declines.explain("brand_new_code", "another_new_code") == declines.GENERAL
    assert declines.explain("", "") == declines.GENERAL


def test_the_decline_code_says_more_than_the_code():
    assert declines.explain("expired_card", "insufficient_funds") == declines.WORDS["insufficient_funds"]


def test_the_code_alone_is_enough():
    assert declines.explain("expired_card", "") == declines.WORDS["expired_card"]


def test_all_words_fit_their_column():
    longest = Payment._meta.get_field("failure_message").max_length

    assert max(map(len, [declines.GENERAL, *declines.WORDS.values()])) <= longest


def test_every_test_card_that_is_declined_says_what_to_do_next():
    declined = [card.decline for card in cards.CARDS if card.decline]

    words = {declines.explain(decline.code, decline.decline_code) for decline in declined}

    assert len(words) >= 5
    assert all("ry " in word or "ask" in word for word in words)
