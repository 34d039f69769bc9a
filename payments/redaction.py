"""Keeps what Stripe's SDK would write into the log to what anybody may read."""

import logging


class WithoutBodies(logging.Filter):
    """Refuses DEBUG records: those carry whole requests and answers, client secrets included."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG


def install() -> None:
    """Whatever level a machine's settings ask for, the bodies stay out. Installing twice changes nothing."""
    sdk = logging.getLogger("stripe")
    if not any(isinstance(known, WithoutBodies) for known in sdk.filters):
        sdk.addFilter(WithoutBodies())
