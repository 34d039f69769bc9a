"""Stripe's SDK logs whole requests at DEBUG: those lines never come out, whatever a machine's settings ask for."""

import logging

import pytest
from django.apps import apps

from payments import redaction


@pytest.fixture
def sdk():
    """The logger of Stripe's SDK as it is before the shop has started."""
    logger = logging.getLogger("stripe")
    filters, level = logger.filters[:], logger.level
    logger.filters[:] = []
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.filters[:] = filters
    logger.setLevel(level)


def test_bodies_do_not_come_out_and_the_rest_does(sdk, caplog):
    redaction.install()

    sdk.debug("body: client_secret=pi_1_secret_2")
    sdk.info("Request to Stripe api")

    assert [record.message for record in caplog.records] == ["Request to Stripe api"]


def test_others_may_say_at_debug_what_they_like(sdk, caplog):
    redaction.install()

    with caplog.at_level(logging.DEBUG, logger="payments"):
        logging.getLogger("payments").debug("a detail")

    assert [record.message for record in caplog.records] == ["a detail"]


def test_it_stands_beside_other_filters_once(sdk):
    sdk.addFilter(logging.Filter())

    redaction.install()
    redaction.install()

    assert [type(known) for known in sdk.filters] == [logging.Filter, redaction.WithoutBodies]


def test_a_shop_that_starts_installs_it(sdk):
    apps.get_app_config("payments").ready()

    assert any(isinstance(known, redaction.WithoutBodies) for known in sdk.filters)
