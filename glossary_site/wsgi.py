"""The entry of a WSGI server: `granian --interface wsgi glossary_site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

django = get_wsgi_application()

# What knows our models can be loaded when Django was set up.
from django.urls import reverse  # noqa: E402

from glossary_site.front import put_before  # noqa: E402
from terms.web import edition  # noqa: E402

# Made now rather than while the first reader waits: the addresses, and the digest in every ETag.
reverse("home")
edition()

application = put_before(django)
