"""The parameters that each endpoint accepts."""

from __future__ import annotations

from .intents import CANCELLATION_REASONS
from .params import (
    Field,
    boolean,
    choice,
    clearable,
    free,
    free_hash,
    hash_of,
    integer,
    list_of,
    metadata,
    needed,
    text,
    time_range,
)

EXPAND = {"expand": list_of(text())}
PAGE = {
    **EXPAND,
    "created": time_range(),
    "ending_before": text(),
    "limit": integer(),
    "starting_after": text(),
}
METADATA = {**EXPAND, "metadata": metadata()}
# What Stripe.js sends along with a publishable key.
BROWSER = {"client_secret": text(), "key": text(), "use_stripe_sdk": boolean()}

ADDRESS = hash_of({name: clearable(text()) for name in "city country line1 line2 postal_code state".split()})
CARD = hash_of(
    {
        "cvc": text(),
        "exp_month": integer(),
        "exp_year": integer(),
        "number": text(30),
        "token": text(),
    }
)
METHOD_DATA: dict[str, Field] = {
    "allow_redisplay": choice("always", "limited", "unspecified"),
    "billing_details": hash_of(
        {
            "address": ADDRESS,
            "email": clearable(text()),
            "name": clearable(text()),
            "phone": clearable(text()),
            "tax_id": text(),
        }
    ),
    "card": CARD,
    "metadata": metadata(),
    "sepa_debit": hash_of({"iban": needed(text())}),
    "type": needed(choice("card", "sepa_debit")),
}
SUFFIX = text(22, r"[^<>\\'\"*]*")

# Accepted wherever an intent is created, changed or confirmed, and of no effect here.
IGNORED = {
    name: free()
    for name in (
        "amount_details confirmation_token error_on_requires_action excluded_payment_method_types hooks mandate"
        " mandate_data payment_details payment_method_configuration payment_method_options radar_options"
    ).split()
}
INTENT = {
    **METADATA,
    **IGNORED,
    "application_fee_amount": integer(0),
    "capture_method": choice("automatic", "automatic_async", "manual"),
    "customer": text(),
    "description": clearable(text()),
    "on_behalf_of": text(),
    "payment_method": clearable(text()),
    "payment_method_data": hash_of(METHOD_DATA),
    "payment_method_types": list_of(text()),
    "receipt_email": clearable(text(800)),
    "setup_future_usage": clearable(choice("off_session", "on_session")),
    "shipping": clearable(free_hash()),
    "statement_descriptor": clearable(text(22)),
    "statement_descriptor_suffix": clearable(SUFFIX),
    "transfer_data": free_hash(),
    "transfer_group": text(),
}
INTENT_CREATE = {
    **INTENT,
    "amount": needed(integer(1)),
    "automatic_payment_methods": hash_of(
        {"allow_redirects": choice("always", "never"), "enabled": needed(boolean())}
    ),
    "confirm": boolean(),
    "confirmation_method": choice("automatic", "manual"),
    "currency": needed(text()),
    "off_session": free(),
    "return_url": text(),
    "use_stripe_sdk": boolean(),
}
INTENT_UPDATE = {**INTENT, "amount": integer(1), "currency": text()}
INTENT_CONFIRM = {
    **EXPAND,
    **IGNORED,
    **BROWSER,
    "capture_method": INTENT["capture_method"],
    "off_session": free(),
    "payment_method": text(),
    "payment_method_data": INTENT["payment_method_data"],
    "payment_method_types": INTENT["payment_method_types"],
    "receipt_email": INTENT["receipt_email"],
    "return_url": text(),
    "setup_future_usage": INTENT["setup_future_usage"],
    "shipping": INTENT["shipping"],
}
INTENT_RETRIEVE = {**EXPAND, "client_secret": text(), "key": text()}
INTENT_CANCEL = {**EXPAND, "cancellation_reason": choice(*CANCELLATION_REASONS)}
INTENT_CAPTURE = {
    **METADATA,
    "amount_to_capture": integer(1),
    "final_capture": boolean(),
    "statement_descriptor_suffix": SUFFIX,
}
INTENT_LIST = {**PAGE, "customer": text()}

METHOD_CREATE = {**EXPAND, **METHOD_DATA, "key": text()}
METHOD_UPDATE = {**METADATA, "billing_details": METHOD_DATA["billing_details"]}
METHOD_ATTACH = {**EXPAND, "customer": needed(text())}
METHOD_LIST = {**PAGE, "customer": text(), "type": text()}

CHARGE_UPDATE = {
    **METADATA,
    "description": clearable(text()),
    "receipt_email": clearable(text()),
    "transfer_group": text(),
}
CHARGE_LIST = {**PAGE, "customer": text(), "payment_intent": text()}

REFUND_CREATE = {
    **METADATA,
    "amount": integer(1),
    "charge": text(),
    "payment_intent": text(),
    "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    "instructions_email": text(),
}
REFUND_LIST = {**PAGE, "charge": text(), "payment_intent": text()}

DISPUTE_UPDATE = {**METADATA, "evidence": free_hash(), "submit": boolean()}
DISPUTE_LIST = {**PAGE, "charge": text(), "payment_intent": text()}

CUSTOMER = {
    **METADATA,
    "address": clearable(free_hash()),
    "description": clearable(text()),
    "email": clearable(text(512)),
    "name": clearable(text(256)),
    "phone": clearable(text()),
    "preferred_locales": list_of(text()),
    "shipping": clearable(free_hash()),
}
CUSTOMER_LIST = {**PAGE, "email": text()}

EVENT_LIST = {**PAGE, "delivery_success": boolean(), "type": text(), "types": list_of(text())}

ENDPOINT_UPDATE = {
    **METADATA,
    "description": clearable(text()),
    "disabled": boolean(),
    "enabled_events": list_of(text()),
    "url": text(),
}
ENDPOINT_CREATE = {
    **METADATA,
    "api_version": text(),
    "description": clearable(text()),
    "enabled_events": needed(list_of(text())),
    "url": needed(text()),
}
BALANCE_LIST = {**PAGE, "currency": text(), "source": text(), "type": text()}
