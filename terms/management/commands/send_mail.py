"""Send the mails that are due, or with --digest everybody's digest.

It may run as often as one likes, and beside itself: nothing is sent twice, and what cannot be sent
stays due.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from terms import notices


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--digest", action="store_true", help="send the digests too")

    def handle(self, *, digest: bool, **options: Any) -> None:
        outcomes = [notices.send_due()]
        if digest:
            outcomes.append(notices.send_digests())
        sent, failed = (sum(numbers) for numbers in zip(*outcomes, strict=True))
        self.stdout.write(f"Sent {sent:,} mail{'' if sent == 1 else 's'}.")
        if (sent or failed) and not settings.SITE_URL:
            self.stderr.write(
                "TERMBOOK_SITE_URL is not set: the links in these mails have no address before them."
            )
        if failed:
            raise CommandError(
                f"{failed:,} mail{'' if failed == 1 else 's'} could not be sent; what failed stays due."
            )
