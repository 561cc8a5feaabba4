"""`python -m connectors.sandbox --port 8787 --contacts 4000 --files ./inbox`."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from connectors.sandbox.clock import DEMO_NOW
from connectors.sandbox.serve import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--contacts", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clock", type=datetime.fromisoformat, default=DEMO_NOW)
    parser.add_argument("--files", type=Path)
    asked = parser.parse_args()
    serve(asked.port, asked.contacts, asked.seed, asked.clock, asked.files, _announce)


def _announce(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
