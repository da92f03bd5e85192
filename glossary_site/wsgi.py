"""The entry of a WSGI server: `granian --interface wsgi glossary_site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

django = get_wsgi_application()

# The front knows our models, which are there when Django was set up.
from glossary_site.front import put_before  # noqa: E402

application = put_before(django)
