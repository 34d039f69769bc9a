"""The admin of the demo, whose password everybody knows. `make run` makes it, and nothing else does."""

ADMIN_EMAIL = "admin@bookstore.example"
ADMIN_PASSWORD = "bookstore-demo"  # noqa: S105 - on this machine only, see bookstore/launch.py
