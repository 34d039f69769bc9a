"""Only Stripe, and only now: the signature of a webhook."""

import time

import pytest

from payments.signatures import TOLERANCE, InvalidSignature, verify

from .news import signature

SECRET = "whsec_ours"
BODY = b'{"id": "evt_1", "title": "Die Verwandlung \xc3\xa4"}'


def test_our_secret_opens():
    verify(BODY, signature(BODY, SECRET), [SECRET])


def test_the_signature_is_the_one_that_stripe_documents(monkeypatch):
    """HMAC-SHA256 with the whole secret over `time.body`, here by `openssl dgst -sha256 -hmac whsec_ours`."""
    digest = "73ea0e5589bb3d5b68ddb084549079d4337415078cbeecd1c717f8399a4c89ac"
    monkeypatch.setattr(time, "time", lambda: 1_700_000_010.0)

    verify(b"{}", f"t=1700000000,v1={digest}", [SECRET])


def test_while_a_secret_is_rolled_both_open():
    for secret in ("whsec_old", "whsec_new"):
        verify(BODY, signature(BODY, secret), ["whsec_new", "whsec_old"])


def test_one_of_several_signatures_is_enough():
    """While Stripe rolls a secret it signs with the old and with the new one."""
    old, new = signature(BODY, "whsec_old"), signature(BODY, SECRET)

    verify(BODY, f"{old},{new.partition(',')[2]}", [SECRET])


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="missing"),
        pytest.param("t=,v1=", id="empty"),
        pytest.param("v1=abc", id="no time"),
        pytest.param(f"t={int(time.time())}", id="no signature"),
        pytest.param("t=now,v1=abc", id="time in words"),
        pytest.param("t=" + "9" * 5000 + ",v1=abc", id="time too long"),
        pytest.param("t=1=2=3,v1", id="many equals signs"),
        pytest.param(",,,=,=,", id="only punctuation"),
        pytest.param(f"t={int(time.time())},v1=ä", id="not ASCII"),
        pytest.param(f"t={int(time.time())},v1=\udcff", id="no text"),
        pytest.param("t=١٢٣,v1=abc", id="other digits"),
    ],
)
def test_a_header_that_is_none_is_refused(header):
    with pytest.raises(InvalidSignature):
        verify(BODY, header, [SECRET])


def test_another_secret_is_refused():
    with pytest.raises(InvalidSignature):
        verify(BODY, signature(BODY, "whsec_theirs"), [SECRET])


def test_without_a_secret_nothing_opens():
    with pytest.raises(InvalidSignature):
        verify(BODY, signature(BODY, ""), [])
    with pytest.raises(InvalidSignature):
        verify(BODY, signature(BODY, ""), [""])


def test_a_tampered_body_is_refused():
    with pytest.raises(InvalidSignature):
        verify(BODY.replace(b"evt_1", b"evt_2"), signature(BODY, SECRET), [SECRET])


def test_a_tampered_time_is_refused():
    header = signature(BODY, SECRET, when=time.time() - 60)
    fresher = f"t={int(time.time())},{header.partition(',')[2]}"

    with pytest.raises(InvalidSignature):
        verify(BODY, fresher, [SECRET])


def test_the_scheme_v0_counts_for_nothing():
    """Stripe sends it in test mode; it is no signature."""
    with pytest.raises(InvalidSignature):
        verify(BODY, signature(BODY, SECRET, scheme="v0"), [SECRET])


@pytest.mark.parametrize("age", [-TOLERANCE + 10, 0, TOLERANCE - 10])
def test_a_few_minutes_either_way_are_fine(age):
    verify(BODY, signature(BODY, SECRET, when=time.time() - age), [SECRET])


@pytest.mark.parametrize("age", [-TOLERANCE - 10, TOLERANCE + 10, 86400])
def test_an_old_signature_is_a_replay_and_a_future_one_could_become_one(age):
    with pytest.raises(InvalidSignature):
        verify(BODY, signature(BODY, SECRET, when=time.time() - age), [SECRET])


def test_a_body_that_is_no_utf_8_is_refused():
    body = b"\xff\xfe{}"

    with pytest.raises(InvalidSignature):
        verify(body, signature(body, SECRET), [SECRET])


def test_the_last_moment_of_the_tolerance_still_counts(monkeypatch):
    header = signature(BODY, SECRET, when=1_700_000_300)
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)

    verify(BODY, header, [SECRET])
