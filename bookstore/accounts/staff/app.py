from django.contrib.admin.apps import AdminConfig


class StaffAdmin(AdminConfig):
    """Django's admin, with our own door."""

    default_site = "bookstore.accounts.staff.site.StaffSite"
