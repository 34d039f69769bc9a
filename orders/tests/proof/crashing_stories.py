"""All stories that are cut off."""

from .crashing_endings import CancelByTheShopper, CancelWhenTheMoneyHasCome, Expiry
from .crashing_money import (
    CancelByTheShop,
    LateMoney,
    LateMoneyForBooksThatAreGone,
    RefundByStaff,
    RefundInTheDashboard,
    RefundThatTakesTime,
    Replay,
)
from .crashing_purchases import Purchase, PurchaseAfterADecline, PurchaseByProgram, Replacement

STORIES = (
    Purchase,
    PurchaseAfterADecline,
    PurchaseByProgram,
    Replacement,
    CancelByTheShopper,
    CancelWhenTheMoneyHasCome,
    Expiry,
    Replay,
    LateMoney,
    LateMoneyForBooksThatAreGone,
    RefundByStaff,
    RefundThatTakesTime,
    RefundInTheDashboard,
    CancelByTheShop,
)
