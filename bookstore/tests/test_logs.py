"""What the shop's log leaves out, whoever writes into it."""

import logging
import smtplib
import sys

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string


def test_the_development_server_logs_no_query(caplog):
    logging.getLogger("django.server").info(
        '"%s" %s %s',
        "GET /checkout/7QK2M/status/?payment_intent_client_secret=pi_1_secret_2 HTTP/1.1",
        "302",
        "0",
    )

    assert caplog.messages == ['"GET /checkout/7QK2M/status/?… HTTP/1.1" 302 0']


def test_other_parts_of_the_line_stay(caplog):
    logging.getLogger("django.server").info('"%s" %s %s', "GET /books/ HTTP/1.1", "200", "512")

    assert caplog.messages == ['"GET /books/ HTTP/1.1" 200 512']


@pytest.mark.parametrize(
    ("error", "private"),
    [
        (
            smtplib.SMTPRecipientsRefused({"ada.o'reader@example.co.uk": (550, b"no such user")}),
            "example.co.uk",
        ),
        (
            DatabaseError("refused\nDETAIL:  Failing row contains (Ada Reader, 12 Endpaper Lane)."),
            "Endpaper Lane",
        ),
        (ValueError("no such key: sk_live_51HxYz0000000000"), "51HxYz"),
        (ValueError("bad secret whsec_abc123"), "abc123"),
        (ValueError("GET /v1/payment_intents/pi_1?client_secret=pi_1_secret_Zz9"), "Zz9"),
    ],
)
def test_a_stack_trace_gives_nobody_away(error, private):
    try:
        raise error
    except type(error):
        record = logging.LogRecord("orders", logging.ERROR, "", 0, "It failed: %s", (error,), sys.exc_info())

    line = formatter().format(record)

    assert "Traceback" in line
    assert "It failed" in line
    assert private not in line


def test_half_a_character_is_escaped():
    record = logging.LogRecord("orders", logging.ERROR, "", 0, "no such book: \ud800", None, None)

    assert "no such book: \\ud800" in formatter().format(record)


def formatter() -> logging.Formatter:
    chosen = settings.LOGGING["handlers"]["console"]["formatter"]
    options = settings.LOGGING["formatters"][chosen]
    return import_string(options["()"])(options["format"], style=options["style"])
