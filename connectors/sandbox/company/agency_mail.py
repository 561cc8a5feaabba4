"""What Brightwater's press agency mails: one message a month with the mentions as a workbook, on the second day of the month after.

Mentions of the running month come on its last day that has been. Between them lies what a real mailbox holds as well: an invitation
without an attachment, and a newsletter of somebody else with one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from itertools import groupby

from connectors.sandbox.company.drop import mentions_workbook
from connectors.sandbox.company.files import Mention
from connectors.sandbox.mailbox import Mailbox

AGENCY = "reports@orbit-pr.example"
_SHEET = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RULES = """\
# Which mails hold numbers, and how to read what is attached to them. tables: has the same words as files.yml.
rules:
  - from: "*@orbit-pr.example"
    subject: "Media report*"
    tables: [pr_mentions]
tables:
  - table: pr_mentions
    glob: "pr_mentions_*.xlsx"
    format: excel
    sheet: mentions
    key: [mention_id]
    date_column: published_on
    columns:
      mention_id: varchar
      published_on: date
      outlet: varchar
      title: varchar
      sentiment: varchar
"""


def fill(mailbox: Mailbox, mentions: Iterable[Mention], today: date) -> None:
    """Every month that has begun by `today`."""
    for month, some in groupby(mentions, key=lambda mention: mention.published_on.replace(day=1)):
        sent = min((month + timedelta(days=32)).replace(day=2), today)
        moment = datetime.combine(sent, time(7, 30), UTC)
        message = letter(AGENCY, f"Media report {month:%B %Y}", moment, f"orbit-{month:%Y-%m}")
        message.add_attachment(
            mentions_workbook(some), maintype="application", subtype=_SHEET, filename=f"pr_mentions_{month:%Y-%m}.xlsx"
        )
        mailbox.deliver(message, moment)
        mailbox.deliver(letter(AGENCY, "Lunch on Thursday?", moment, f"lunch-{month:%Y-%m}"), moment)
        other = letter("news@trade-fair.example", f"Media report of the fair {month:%Y}", moment, f"fair-{month:%Y-%m}")
        other.add_attachment(b"mention_id\n", maintype="text", subtype="csv", filename="pr_mentions_fair.xlsx")
        mailbox.deliver(other, moment)


def letter(sender: str, subject: str, sent: datetime, number: str) -> EmailMessage:
    """A message with everything that one needs."""
    message = EmailMessage()
    message["From"] = f"Orbit PR <{sender}>"
    message["To"] = "Brightwater <reports@brightwater.example>"
    message["Subject"] = subject
    message["Date"] = sent
    message["Message-ID"] = f"<{number}@{sender.partition('@')[2]}>"
    message.set_content("Please find our report attached.\nBest regards, Orbit PR\n")
    return message
