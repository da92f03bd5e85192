"""The entry of a WSGI server: `granian --interface wsgi glossary_site.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "glossary_site.settings")

application = get_wsgi_application()
