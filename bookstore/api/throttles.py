"""How often a user, and an address, may ask. The rates are settings (`API_RATES`)."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle


class PerUser(UserRateThrottle):
    scope = "user"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class PerAddress(SimpleRateThrottle):
    """Counts by network address whether or not the client is signed in."""

    scope = "address"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class PaymentsPerUser(PerUser):
    """Opening payments is what card testers do."""

    scope = "payments_user"


class PaymentsPerAddress(PerAddress):
    scope = "payments_address"


class SignInsPerAddress(PerAddress):
    scope = "sign_ins_address"
