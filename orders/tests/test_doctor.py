"""`manage.py doctor`: says what is well and what is not, with the remedy; whatever is broken, it says so."""

import logging
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError

from orders import doctor
from orders.doctor import place, processes
from orders.models import Heartbeat
from payments import attention
from payments.examining import Grade, ok
from payments.models import Attention
from payments.sandbox import webhook_endpoints

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy(stripe, settings):
    """A demo shop in which everything runs."""
    settings.DEBUG = True
    with stripe.sandbox.engine.transaction() as engine:
        webhook_endpoints.add(engine, "http://testserver/orders/webhook", "whsec_x", ["*"])
    for name in Heartbeat.Name:
        Heartbeat.beat(name)
    return stripe


def asked(**options):
    """What the command prints, and its exit code."""
    out = StringIO()
    code = 0
    try:
        call_command("doctor", stdout=out, **options)
    except SystemExit as leaving:
        code = leaving.code
    return out.getvalue(), code


def test_a_healthy_shop_is_told_so(healthy):
    text, code = asked()

    assert text.endswith("All is well.\n")
    assert code == 0
    lines = text.splitlines()[:-1]
    assert len(lines) >= 18
    assert all(line.startswith("ok       ") for line in lines)


def test_with_warnings_only_the_exit_code_is_0(healthy):
    attention.call(Attention.Reason.DISPUTE, "du_1", "needs_response")

    text, code = asked()

    assert code == 0
    assert "warning  needs attention: Disputed at the bank: 1, the oldest for " in text
    assert "         " + Attention.REMEDIES["dispute"] in text.splitlines()
    assert "0 wrong, 1 to be looked at, " in text


def test_something_wrong_is_told_with_its_remedy_and_exit_code_1(healthy):
    Heartbeat.objects.all().delete()

    text, code = asked()

    lines = text.splitlines()
    assert code == 1
    assert lines[lines.index("WRONG    tend: never ran") + 1].strip() == processes.TEND
    assert "1 wrong, 1 to be looked at, " in text


def test_briefly_it_names_only_what_is_not_well(healthy):
    assert asked(verbosity=0)[0] == "All is well.\n"

    Heartbeat.objects.all().delete()
    assert "ok " not in asked(verbosity=0)[0]


def test_stripe_down_is_one_finding_and_the_rest_is_looked_at(healthy):
    healthy.sandbox.faults.api("drop")

    text, code = asked()

    assert code == 1
    assert text.count("WRONG") == 1
    assert "needs attention: no case is open" in text
    assert "Traceback" not in text


def test_a_database_that_is_down_is_told_and_stripe_is_looked_at_all_the_same(healthy, monkeypatch):
    def down(*args, **kwargs):
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", down)

    text, code = asked()

    assert code == 1
    assert "does not answer: OperationalError: connection refused\n" in text
    assert "ok       Stripe: " in text
    assert "ok       settings: " in text
    assert "warning  not looked at: migrations, clock of database, " in text
    assert "Traceback" not in text


def test_tables_that_are_missing_are_findings(healthy, monkeypatch):
    def missing(*args, **kwargs):
        raise OperationalError("no such table: orders_heartbeat")

    monkeypatch.setattr(processes, "_last", missing)

    found = list(doctor.run(processes.EXAMINATIONS))

    assert [finding.what for finding in found if finding.grade == Grade.WARNING] == [
        "could not be looked at: OperationalError: no such table: orders_heartbeat"
    ] * 2
    assert [finding.about for finding in found] == ["sweep", "worker", "tasks", "mails"]


def test_an_examination_that_fails_is_a_finding_and_the_next_goes_on():
    def odd():
        yield ok("first half", "fine")
        raise ValueError

    def fine():
        yield ok("fine", "fine")

    found = list(doctor.run([odd, fine]))

    assert [(finding.about, finding.grade) for finding in found] == [
        ("first half", Grade.OK),
        ("odd", Grade.WRONG),
        ("fine", Grade.OK),
    ]
    assert found[1].what == "could not be looked at: ValueError"


def test_logs_stay_out_of_the_way_and_come_back(healthy, caplog):
    healthy.sandbox.faults.api("drop")

    asked()

    assert not [record for record in caplog.records if record.name.startswith("payments")]
    assert logging.getLogger("payments").isEnabledFor(logging.ERROR)


def test_mixed_and_missing_keys_are_told_as_check_does(healthy, settings):
    settings.STRIPE_PUBLISHABLE_KEY = "pk_live_" + "x" * 20
    settings.STRIPE_WEBHOOK_SECRETS = []

    text, code = asked()

    assert code == 1
    assert (
        "WRONG    settings: One Stripe key is for live mode, the other for test mode. (payments.E003)" in text
    )
    assert "WRONG    settings: STRIPE_WEBHOOK_SECRET is not set. (payments.E002)" in text


def test_what_is_silenced_is_not_told(healthy, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []
    settings.SILENCED_SYSTEM_CHECKS = ["payments.E002"]

    assert [finding.grade for finding in place.check()] == [Grade.OK]


def test_outside_of_a_demo_the_checks_for_production_count_too(healthy, settings):
    settings.DEBUG = False

    found = list(place.check())

    assert "payments.E001" in str(found)
    assert "security.W" in str(found)
    assert {finding.grade for finding in found} == {Grade.WARNING, Grade.WRONG}
    assert all(finding.remedy for finding in found)


def test_no_key_and_no_secret_is_printed(healthy, settings):
    text, _ = asked()

    for secret in (settings.STRIPE_SECRET_KEY, *settings.STRIPE_WEBHOOK_SECRETS, settings.SECRET_KEY):
        assert secret not in text
