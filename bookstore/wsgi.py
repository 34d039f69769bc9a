import os

import django

from .checks import refuse_unsafe_settings
from .handler import Application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore.settings")
django.setup(set_prefix=False)
refuse_unsafe_settings()
application = Application()
