"""The staff of the demo, whose password everybody knows. `make run` makes them, and nothing else does."""

ADMIN_EMAIL = "admin@bookstore.example"
ADMIN_PASSWORD = "bookstore-demo"  # noqa: S105 - on this machine only, see bookstore/launch.py
STAFF = {
    "packer@bookstore.example": "Packer",
    "manager@bookstore.example": "Manager",
    "owner@bookstore.example": "Owner",
}
"""One for each role, with the admin's password."""
