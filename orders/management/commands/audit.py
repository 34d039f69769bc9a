"""Are money and stock right? Reads only; for cron, and for whoever wants to know."""

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.audit import Finding, at_stripe, audit
from payments import gateway

UNREACHABLE = 2
"""The exit code when Stripe could not be asked: nothing is known to be wrong."""


class Command(BaseCommand):
    help = (
        "Check that money and stock are right: each invariant gets a line with how many rows were looked at, and the "
        "rows that break it are named. Changes nothing. Ends with 1 when an invariant is broken, with 2 when "
        "Stripe was to be asked and does not answer."
    )
    requires_system_checks: tuple[str, ...] = ()
    """Most needed when something is wrong, so it runs whatever the settings say."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument("--stripe", action="store_true", help="compare with Stripe, too, both ways")
        parser.add_argument(
            "--days", type=int, default=30, metavar="N", help="with --stripe: how far back (default: 30)"
        )
        parser.add_argument(
            "--grace",
            type=int,
            default=10,
            metavar="MINUTES",
            help="with --stripe: what is so young may be unknown to us (default: 10)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        findings = audit()
        silence = ""
        if options["stripe"]:
            try:
                findings += at_stripe.compare(days=options["days"], grace=timedelta(minutes=options["grace"]))
            except gateway.GatewayError as error:
                silence = f"Stripe could not be asked, so nothing was compared with it: {error}"
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            self._print(findings)
        broken = [finding for finding in findings if finding.is_broken]
        if broken:
            raise CommandError(" ".join(filter(None, [_verdict(broken), silence])))
        if silence:
            raise CommandError(silence, returncode=UNREACHABLE)
        if not options["json"]:
            took = time.perf_counter() - started
            self.stdout.write(f"All {len(findings)} invariants hold ({took:.1f} s).")

    def _print(self, findings: list[Finding]) -> None:
        width = max(len(finding.sentence) for finding in findings)
        for finding in findings:
            state = self.style.ERROR("BROKEN") if finding.is_broken else self.style.SUCCESS("ok    ")
            self.stdout.write(
                f"{state} {finding.number:>3}  {finding.sentence:<{width}}  {finding.looked_at:>9,} {finding.unit}"
            )
            for offence in finding.named():
                self.stdout.write(f"             {offence}")


def _verdict(broken: list[Finding]) -> str:
    numbers = ", ".join(str(finding.number) for finding in broken)
    rows = sum(len(finding.offences) for finding in broken)
    return f"{len(broken)} invariants are broken ({numbers}), by {rows:,} rows."
