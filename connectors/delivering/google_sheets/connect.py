"""How a newcomer connects a Google spreadsheet, and the call that proves the way in: its tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.delivering.google_sheets.calls import SheetCalls

TEXT = """\
A Google spreadsheet is written by a service account: a robot with a key file, with whom you share the spreadsheet like with a person.

1. In the Google Cloud console (console.cloud.google.com), in a project of your company: APIs & Services > Library >
   "Google Sheets API" > Enable.
2. IAM & Admin > Service Accounts > Create service account (it needs no role) > Keys > Add key > JSON. A file is downloaded: keep it
   where only the job can read it. The account that reads Google Analytics will do.
3. Make a spreadsheet, or take one that exists, and Share it with the e-mail of the service account (...@...iam.gserviceaccount.com)
   as Editor. The account cannot own a file, so it cannot make one itself.
4. Copy the link of the spreadsheet from the browser."""

_ASKED = (
    Asked("spreadsheet", "Link of the spreadsheet", "https://docs.google.com/spreadsheets/d/.../edit"),
    Asked("service_account_file", "Path of the key file", "/etc/okr/service-account.json"),
    Asked("tabs", "Tabs of your own that shall show numbers too", "Growth, Sales", required=False),
)


def walk_through(calls: Callable[[Mapping[str, str]], SheetCalls]) -> Connect:
    """`calls` opens the spreadsheet that settings name."""

    def attempt(_run: SourceRun, given: Mapping[str, str]) -> str:
        with calls({name: value for name, value in given.items() if value}) as opened:
            book = opened.describe()
        titles = ", ".join(f"'{tab.title}'" for tab in book.tabs)
        missing = [
            name.strip() for name in given.get("tabs", "").split(",") if name.strip() and not book.tab(name.strip())
        ]
        lacking = "".join(f" There is no tab '{name}' yet." for name in missing)
        return (
            f"Google Sheets answers: {opened.email} may open '{book.title}' with the tabs {titles}.{lacking} "
            "That it may write as well (Editor) shows at the first `okr track`."
        )

    return Connect(TEXT, _ASKED, attempt)
