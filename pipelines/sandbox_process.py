"""The sandbox in a process of its own: prints one line of JSON with what a client needs, and ends when its standard input closes.

Ending with the pipe means that it never outlives the run that started it, however that run ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from connectors.sandbox.clock import DEMO_NOW
from connectors.sandbox.server import Sandbox


def main(inbox: Path, contacts: int) -> None:
    """Write the drop files and the service account's key, serve, and wait."""
    with Sandbox(contacts=contacts, now=DEMO_NOW) as sandbox:
        sandbox.write_files(inbox, mentions=False)  # the agency mails them
        key = sandbox.service_account_file(inbox.parent)
        sys.stdout.write(json.dumps(settings_for(sandbox, inbox, key)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def settings_for(sandbox: Sandbox, inbox: Path, key: Path) -> dict[str, str]:
    """The variables that point every source at this sandbox instead of its vendor."""
    return {
        "SOURCES__HUBSPOT__ACCESS_TOKEN": sandbox.hubspot_token,
        "SOURCES__HUBSPOT__API_BASE": sandbox.url,
        "SOURCES__GA4__PROPERTY_ID": sandbox.ga4_property_id,
        "SOURCES__GA4__SERVICE_ACCOUNT_FILE": str(key),
        "SOURCES__GA4__API_ENDPOINT": sandbox.url,
        "SOURCES__FILES__FOLDER": str(inbox),
        **{f"SOURCES__{name}": value for name, value in sandbox.social.settings(sandbox.url).items()},
        **{f"SOURCES__{name}": value for name, value in sandbox.survey_settings().items()},
        **{f"SOURCES__{name}": value for name, value in sandbox.mail_settings(inbox.parent).items()},
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
