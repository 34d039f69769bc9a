"""What staff can do to an order, in the order of its buttons."""

from .base import Act, ActForm, Refused
from .delivering import Deliver
from .ending import Cancel, Revive
from .refunding import RefundMoney
from .shipping import Ship
from .writing import Resend, WriteNote

ACTS: tuple[Act, ...] = (Ship(), Deliver(), RefundMoney(), Cancel(), Revive(), Resend(), WriteNote())

__all__ = ["ACTS", "Act", "ActForm", "Refused"]
