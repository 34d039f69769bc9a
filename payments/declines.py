"""Why a payment did not go through, in words for the shopper.

Codes: docs.stripe.com/declines/codes. What points to fraud or theft gets the general words: the person at the
keyboard may be the thief.
"""

GENERAL = "Your bank declined the card. Try another card, or ask your bank for the reason."

WORDS = {
    "insufficient_funds": "There is not enough money on this card. Try another card.",
    "expired_card": "This card has expired. Check the expiry date, or try another card.",
    "incorrect_cvc": "The security code is not right. Check the three or four digits on your card and try again.",
    "invalid_cvc": "The security code is not right. Check the three or four digits on your card and try again.",
    "incorrect_number": "The card number is not right. Check it and try again.",
    "invalid_expiry_month": "The expiry date is not right. Check it and try again.",
    "invalid_expiry_year": "The expiry date is not right. Check it and try again.",
    "processing_error": "Your bank could not process the card just now. Wait a moment and try again.",
    "try_again_later": "Your bank could not process the card just now. Wait a moment and try again.",
    "card_velocity_exceeded": "This card has reached its limit for now. Try another card.",
    "withdrawal_count_limit_exceeded": "This card has reached its limit for now. Try another card.",
    "card_not_supported": "This card cannot be used for this purchase. Try another card.",
    "currency_not_supported": "This card cannot be charged in our currency. Try another card.",
    "authentication_required": "Your bank wants you to confirm the payment. Try again and confirm it when asked.",
    "payment_intent_authentication_failure": (
        "Your bank could not confirm that it was you. Try again, or use another card."
    ),
}


def explain(code: str, decline_code: str) -> str:
    """One or two sentences that say what to do next. Unknown codes get the general words."""
    return WORDS.get(decline_code) or WORDS.get(code) or GENERAL
