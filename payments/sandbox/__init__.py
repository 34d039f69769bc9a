"""An offline Stripe for the demo and the tests: its own process, never part of the shop.

Nothing in here imports Django or the shop. The engine (`engine.py` and the modules named after Stripe's objects)
holds the rules and knows no HTTP; `api.py` speaks Stripe's dialect of HTTP to it; `app.py` puts that on a port.
"""

API_VERSION = "2026-08-26.dahlia"
