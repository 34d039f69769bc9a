"""What can go wrong with an order or its payment, as errors of the API."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework import status

from bookstore.api.errors import ApiError
from bookstore.templatetags.money import money
from orders.placing import EmptyCart, NotAvailable, OtherOrderOpen, PriceChanged
from payments import gateway, intents

logger = logging.getLogger(__name__)

RETRY_AFTER = 30
"""Seconds after which Stripe may be in reach again."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what the shop's own functions raise into answers."""
    try:
        yield
    except EmptyCart as error:
        raise conflict("empty_cart", "The cart is empty.") from error
    except NotAvailable as error:
        titles = ", ".join(f"“{line.book.title}” ({line.available} left)" for line in error.lines)
        raise conflict("not_available", f"There are not enough copies of {titles}.") from error
    except PriceChanged as error:
        raise conflict(
            "price_changed", f"The total is now {money(error.quote.total)}. Nothing was ordered."
        ) from error
    except OtherOrderOpen as error:
        raise conflict("order_in_progress", "An order of this cart is being placed. Try again.") from error
    except intents.NotPayable as error:
        raise conflict("order_not_payable", "This order is paid or has ended; it cannot be paid.") from error
    except gateway.StripeUnavailable as error:
        logger.exception("Stripe cannot be reached")
        raise ApiError(
            "payment_service_unavailable",
            error.message,
            status_code=status.HTTP_503_SERVICE_UNAVAILABLE,
            retry_after=RETRY_AFTER,
        ) from error
    except gateway.StripeRefused as error:
        logger.exception("Stripe refused")
        raise ApiError("payment_refused", error.message, retry_after=RETRY_AFTER) from error


def conflict(code: str, message: str) -> ApiError:
    return ApiError(code, message, status_code=status.HTTP_409_CONFLICT)
