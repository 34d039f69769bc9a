"""What the log must not hold."""

import logging
import re

QUERY = re.compile(r"\?\S*")

UNSPEAKABLE = [
    # PostgreSQL quotes the whole row that it refused, addresses included.
    (re.compile(r"^DETAIL: .*$", re.MULTILINE), "DETAIL: …"),
    (re.compile(r"[^\s<>'\"(,]+@[\w-]+(\.[\w-]+)+"), "…@…"),
    (re.compile(r"\b((?:sk|rk)_(?:live|test)_|whsec_)\w+"), r"\1…"),
    (re.compile(r"(_secret_)\w+"), r"\1…"),
]
"""What may stand in somebody else's error message, and what is written in its place."""


class WithoutQueries(logging.Filter):
    """Cuts addresses at the question mark: the one that Stripe sends shoppers back to carries a client secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(QUERY.sub("?…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


class DiscreetFormatter(logging.Formatter):
    """Leaves keys, client secrets and people's addresses out of whole lines, stack traces included.

    What UTF-8 cannot write (half a character in somebody's input) is escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for pattern, replacement in UNSPEAKABLE:
            line = pattern.sub(replacement, line)
        return line.encode(errors="backslashreplace").decode()
