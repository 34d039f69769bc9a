"""Stripe's test cards: number, test ids, and what happens when they are charged."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Decline:
    """Why the bank said no, in the words that the API uses."""

    code: str
    decline_code: str
    message: str
    network_decline_code: str | None = None
    advice_code: str | None = None
    param: str | None = None
    blocked: bool = False  # stopped by Radar before it reached the bank

    def error(self) -> dict[str, str]:
        fields = {
            "code": self.code,
            "decline_code": self.decline_code,
            "message": self.message,
            "network_decline_code": self.network_decline_code,
            "advice_code": self.advice_code,
            "param": self.param,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class TestCard:
    """`authentication`: None, "optional", "on_setup" (unless set up) or "always"; a decline comes after it."""

    __test__ = False  # the name is Stripe's term; pytest shall not collect it

    number: str
    tokens: tuple[str, ...] = ()
    decline: Decline | None = None
    authentication: str | None = None
    dispute: str | None = None
    refund: str | None = None  # "pending" or "fails"
    fraud_warning: bool = False
    note: str = "Succeeds"
    country: str = "US"
    funding: str = field(default="credit")

    @property
    def brand(self) -> str:
        return brand_of(self.number)


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.", "01", "try_again_later")
FUNDS = Decline(
    "card_declined", "insufficient_funds", "Your card has insufficient funds.", "51", "try_again_later"
)
LOST = Decline("card_declined", "lost_card", "Your card was declined.", "41", "do_not_try_again")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.", "43", "do_not_try_again")
VELOCITY = Decline(
    "card_declined",
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    "65",
    "try_again_later",
)
EXPIRED = Decline(
    "expired_card", "expired_card", "Your card has expired.", "54", "confirm_card_data", "exp_month"
)
CVC = Decline(
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect.",
    "N7",
    "confirm_card_data",
    "cvc",
)
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
    "06",
    "try_again_later",
)
FRAUDULENT = Decline("card_declined", "fraudulent", "Your card was declined.", blocked=True)
UNAUTHENTICATED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)

CARDS = (
    TestCard("4242424242424242", ("pm_card_visa",)),
    TestCard("5555555555554444", ("pm_card_mastercard",)),
    TestCard("378282246310005", ("pm_card_amex",), note="Succeeds (four-digit security code)"),
    TestCard("4000056655665556", ("pm_card_visa_debit",), funding="debit"),
    TestCard("5200828282828210", ("pm_card_mastercard_debit",), funding="debit"),
    TestCard("6011111111111117", ("pm_card_discover",)),
    TestCard("4000008260000000", ("pm_card_gb",), country="GB"),
    TestCard("4000002760000016", ("pm_card_de",), country="DE"),
    TestCard(
        "4000000000000002",
        ("pm_card_visa_chargeDeclined", "pm_card_chargeDeclined"),
        GENERIC,
        note="Declined",
    ),
    TestCard(
        "4000000000009995",
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedInsufficientFunds"),
        FUNDS,
        note="Declined: insufficient funds",
    ),
    TestCard("4000000000009987", ("pm_card_visa_chargeDeclinedLostCard",), LOST, note="Declined: lost card"),
    TestCard(
        "4000000000009979", ("pm_card_visa_chargeDeclinedStolenCard",), STOLEN, note="Declined: stolen card"
    ),
    TestCard(
        "4000000000006975",
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded",),
        VELOCITY,
        note="Declined: used too often",
    ),
    TestCard(
        "4000000000000069", ("pm_card_chargeDeclinedExpiredCard",), EXPIRED, note="Declined: expired card"
    ),
    TestCard(
        "4000000000000127",
        ("pm_card_chargeDeclinedIncorrectCvc",),
        CVC,
        note="Declined: wrong security code",
    ),
    TestCard(
        "4000000000000119",
        ("pm_card_chargeDeclinedProcessingError",),
        PROCESSING,
        note="Declined: processing error",
    ),
    TestCard("4100000000000019", ("pm_card_radarBlock",), FRAUDULENT, note="Blocked as fraudulent"),
    TestCard(
        "4000002500003155",
        ("pm_card_authenticationRequiredOnSetup",),
        authentication="on_setup",
        note="Asks for 3-D Secure unless set up",
    ),
    TestCard(
        "4000002760003184",
        ("pm_card_authenticationRequired",),
        authentication="always",
        note="Asks for 3-D Secure every time",
    ),
    TestCard(
        "4000000000003220",
        ("pm_card_threeDSecure2Required",),
        authentication="always",
        note="Asks for 3-D Secure 2, then succeeds",
    ),
    TestCard(
        "4000008400001629",
        ("pm_card_threeDSecureRequiredChargeDeclined",),
        GENERIC,
        authentication="always",
        note="Asks for 3-D Secure, then declined",
    ),
    TestCard(
        "4000000000003055",
        ("pm_card_threeDSecureOptional",),
        authentication="optional",
        note="Succeeds; 3-D Secure possible, not asked for",
    ),
    TestCard(
        "4000000000000259",
        ("pm_card_createDispute",),
        dispute="fraudulent",
        note="Succeeds, then disputed as fraudulent",
    ),
    TestCard(
        "4000000000002685",
        ("pm_card_createDisputeProductNotReceived",),
        dispute="product_not_received",
        note="Succeeds, then disputed: not received",
    ),
    TestCard(
        "4000000000001976",
        ("pm_card_createDisputeInquiry",),
        dispute="inquiry",
        note="Succeeds, then the bank inquires",
    ),
    TestCard(
        "4000000000005423",
        ("pm_card_createIssuerFraudRecord",),
        fraud_warning=True,
        note="Succeeds, then an early fraud warning",
    ),
    TestCard(
        "4000000000007726",
        ("pm_card_pendingRefund",),
        refund="pending",
        note="Succeeds; a refund is pending first",
    ),
    TestCard(
        "4000000000005126",
        ("pm_card_refundFail",),
        refund="fails",
        note="Succeeds; a refund fails later",
    ),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {token: card for card in CARDS for token in card.tokens}

# IBAN -> does the debit go through? Other valid IBANs go through as well.
TEST_IBANS = {"AT321904300235473204": True, "AT861904300235473202": False}


def behaviour(number: str) -> TestCard:
    """What charging this number does. A number that is no test card is declined, as in Stripe's test mode."""
    return BY_NUMBER.get(number) or TestCard(number, decline=NOT_A_TEST_CARD)


def brand_of(number: str) -> str:
    if number[:2] in ("34", "37"):
        return "amex"
    if number[:1] == "4":
        return "visa"
    if 51 <= int(number[:2] or 0) <= 55 or 2221 <= int(number[:4] or 0) <= 2720:
        return "mastercard"
    return "discover" if number[:2] in ("60", "64", "65") else "unknown"


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def valid_iban(iban: str) -> bool:
    if not (15 <= len(iban) <= 34 and iban.isalnum() and iban.isascii()):
        return False
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1
