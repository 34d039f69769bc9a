"""What networks, Stripe, the mail server and time do, and how the shop gets over it: the worker and the sweep."""

import time
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from payments import gateway
from payments.models import StripeEvent
from payments.sandbox.faults import API_OUTCOMES, WEBHOOK_ACTIONS

from .stories_of_shoppers import some
from .world import World
from .world_stage import PostOffice, post

PAUSES = {
    "some seconds": timedelta(seconds=7),
    "until what failed is tried again": timedelta(minutes=6),
    "until holds run out": timedelta(minutes=31),
    "until the longest pause is over": timedelta(hours=2),
    "until keys are forgotten": timedelta(hours=25),
    "until Stripe gives up": timedelta(days=3, hours=1),
}
LONGEST_STORY = timedelta(days=14)
"""Stripe lists events for 30 days; whoever does not tend the shop for so long has lost some."""

FORGERIES = ["another secret", "another body", "an old signature", "no signature"]


class Troubles(World):
    @rule(pause=st.sampled_from(sorted(PAUSES)))
    def let_time_pass(self, pause):
        if self.passed + PAUSES[pause] < LONGEST_STORY:
            self.let_pass(PAUSES[pause])

    @rule(who=st.sampled_from(["worker", "sweep"]))
    def let_the_shop_do_what_is_due(self, who):
        self.work() if who == "worker" else self.tend()

    # Stripe's API

    def make_weather(self, storm: float, dice: int) -> None:
        """From now on everything fails now and then, each fault with the probability `storm`."""
        self.sandbox.faults.dice.seed(dice)
        for effect in API_OUTCOMES if storm else []:
            for when in ("before", "after"):
                self.sandbox.faults.api(effect, when=when, probability=storm)
        for effect in WEBHOOK_ACTIONS if storm else []:
            self.sandbox.faults.webhook(effect, probability=storm, seconds=3600)

    @rule(
        what=st.sampled_from(["Stripe", "Stripe", "webhooks", "bank", "mail server"]),
        which=some,
        when=st.sampled_from(["before", "after"]),
        times=st.integers(1, 4),
    )
    def let_something_stumble(self, what, which, when, times):
        """The next `times`. Two requests in a row are more than the SDK gets over by itself."""
        faults = self.sandbox.faults
        if what == "Stripe":
            faults.api(self.one_of(API_OUTCOMES, which), when=when, count=times)
        elif what == "webhooks":
            faults.webhook(self.one_of(WEBHOOK_ACTIONS, which), count=times, copies=2, seconds=3600)
        elif what == "bank":
            faults.add({"kind": self.one_of(["refund_fails", "dispute"], which), "count": 1})
        else:
            PostOffice.troubles.extend([f"mail {'refused' if when == 'before' else 'unanswered'}"] * times)

    @precondition(lambda self: self.orders)
    @rule(which=some)
    def execute_a_request_that_was_given_up_for_lost(self, which):
        """Stripe answered 5xx, was asked anew, and only then did what it had been asked first: a second intent."""
        payment = self.one_of(self.orders, which).payment
        self.counted["second intents"] += 1
        request = {
            "amount": int(payment.amount * 100),
            "currency": payment.currency,
            "automatic_payment_methods[enabled]": "true",
            **{f"metadata[{name}]": value for name, value in gateway.metadata_of(payment).items()},
        }
        assert self.at_the_desk("payment_intents", request)

    @precondition(lambda self: self.refunds_that_stand())
    @rule(which=some)
    def let_a_refund_fail_after_all(self, which):
        self.counted["refunds failing later"] += 1
        self.sandbox.fail_refund(self.one_of(self.refunds_that_stand(), which))

    def refunds_that_stand(self) -> list[str]:
        return [refund["id"] for refund in self.all("refund") if refund["status"] == "succeeded"]

    # Stripe's webhooks

    @precondition(lambda self: self.all("event"))
    @rule(which=st.lists(some, max_size=4))
    def let_the_webhooks_come(self, which):
        """Those that are due; or some, in any order, a few twice or long after they were taken for lost."""
        events = self.all("event")
        if which:
            self.deliver([events[-1 - n % len(events)] for n in which])
        else:
            self.send_due_webhooks()

    @precondition(lambda self: self.all("event"))
    @rule(which=some, forgery=st.sampled_from(FORGERIES))
    def forge_an_event(self, which, forgery):
        event = self.one_of(self.all("event"), which)
        forged = event | {"id": f"evt_forged_{which}"}
        body, headers = self.sandbox.signed(forged)
        if forgery == "another secret":
            body, headers = self.sandbox.signed(forged, secret="whsec_of_somebody_else")
        elif forgery == "another body":
            body = body.replace(b'"livemode": false', b'"livemode":  false', 1)
        elif forgery == "an old signature":
            body, headers = self.sandbox.signed(forged, at=time.time() - 600)
        else:
            headers.pop("Stripe-Signature")
        self.counted[f"forged: {forgery}"] += 1
        assert post(body, headers) == 400
        assert not StripeEvent.objects.filter(pk=forged["id"]).exists()
