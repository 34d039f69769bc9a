"""Amounts: integers in the smallest unit, with Stripe's bounds."""

from __future__ import annotations

from .errors import invalid

MAXIMUM = 99_999_999
ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
TWO_DECIMAL = frozenset(
    """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop
    crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs
    khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen
    pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah uyu
    uzs wst xcd yer zar zmw
    """.split()
)
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL

MINIMUMS = {
    **dict.fromkeys("usd aud brl cad chf eur inr nzd sgd jpy".split(), 50),
    **dict.fromkeys("aed pln ron myr".split(), 200),
    **dict.fromkeys("nok sek".split(), 300),
    **dict.fromkeys("mxn thb".split(), 1000),
    "gbp": 30,
    "bgn": 100,
    "dkk": 250,
    "hkd": 400,
    "czk": 1500,
    "huf": 17500,
}
SIGNS = {"usd": "$", "gbp": "£", "eur": "€", "jpy": "¥"}


def written(amount: int, currency: str) -> str:
    """For messages: "$0.50 usd"."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    return f"{SIGNS.get(currency, '')}{amount / 10**digits:.{digits}f} {currency}"


def check_currency(currency: str) -> str:
    """Lower case as Stripe echoes it. Raises ApiError for one that Stripe does not know."""
    lower = currency.lower()
    if lower not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", "currency")
    return lower


def check_amount(amount: int, currency: str) -> None:
    minimum = MINIMUMS.get(currency, 1)
    if amount < minimum:
        raise invalid(f"Amount must be at least {written(minimum, currency)}", "amount", "amount_too_small")
    if amount > MAXIMUM:
        raise invalid(
            f"Amount must be no more than {written(MAXIMUM, currency)}", "amount", "amount_too_large"
        )
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid(f"Invalid amount: in {currency} it must be divisible by 10", "amount")
