"""Draws `message.png`: what the Slack tracker really sends for three changes of the demo, as the sandbox's channel renders it.

`python docs/message.py data/demo` after `make demo`. The frame is ours, the words and the chart are the message's.
"""

from __future__ import annotations

import base64
import sys
from dataclasses import replace
from pathlib import Path

import resvg_py
from markupsafe import Markup

from connectors.contract import Delivery
from connectors.sandbox.company.company import Company
from connectors.sandbox.server import Sandbox
from connectors.sandbox.slack import CHANNEL, TOKEN
from connectors.trackers import slack
from okr_mappings.words import Status
from pipelines.jobs.telling import Agenda, with_news
from pipelines.published import read_document
from pipelines.report.cells import wrap

WIDTH, LINE, LEFT, CHARACTERS = 720, 21, 64, 88
BEFORE = {Status.AT_RISK: Status.ON_TRACK, Status.OFF_TRACK: Status.AT_RISK, Status.ON_TRACK: Status.AT_RISK}


def said(folder: Path) -> tuple[str, bytes]:
    """The message and its first chart: one key result of each state, as if it had just come there."""
    document = read_document(folder)
    chosen = [next(each for each in document.key_results if each.status is status) for status in BEFORE]
    told = {(each.cycle_id, each.key_result_id): replace(each, status=BEFORE[each.status]) for each in chosen}
    owed = [Delivery(each.snapshot_id, each) for each in chosen]
    with Sandbox(Company()) as sandbox:
        settings = {"token": TOKEN, "channel": CHANNEL, "api_url": f"{sandbox.url}/slack/api"}
        local = {"allow_http": "true", "allow_private_networks": "127.0.0.0/8"}
        voice = slack.tracker({**settings, **local}, folder)
        changes = with_news(owed, Agenda(told, introduced=True, due=()), [document], charts=True)
        voice.send(document, changes, document.published_at)
        charts = [file["bytes"] for file in sandbox.slack.files.values()]
        return sandbox.slack.rendered()[0], charts[0]


def drawn(message: str, chart: bytes) -> str:
    lines = [
        (part, line.startswith("*") or not number)
        for number, line in enumerate(message.split("\n"))
        for part in wrap(line.replace("*", ""), CHARACTERS)
    ]
    texts = [
        Markup('<text x="{}" y="{}"{}>{}</text>').format(
            LEFT, 58 + place * LINE, Markup(' font-weight="bold"') if bold else "", text
        )
        for place, (text, bold) in enumerate(lines)
    ]
    top = 58 + len(lines) * LINE
    image = base64.b64encode(chart).decode("ascii")
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" font-family="DejaVu Sans, Arial, sans-serif"'
            ' font-size="13" fill="#1d1c1d"><rect x="14" y="14" width="38" height="38" rx="8" fill="#1F3A5F"/>'
            '<text x="33" y="38" text-anchor="middle" fill="#fff" font-size="12" font-weight="bold">OKR</text>'
            '<text x="{}" y="30" font-weight="bold">OKR numbers</text>'
            '<text x="{}" y="30" fill="#616061" font-size="12">APP</text>{}'
            '<rect x="{}" y="{}" width="562" height="202" fill="none" stroke="#ddd"/>'
            '<image x="{}" y="{}" width="560" height="200" href="data:image/png;base64,{}"/></svg>'
        ).format(WIDTH, top + 220, LEFT, LEFT + 112, Markup("").join(texts), LEFT - 1, top - 1, LEFT, top, image)
    )


if __name__ == "__main__":
    picture = drawn(*said(Path(sys.argv[1])))
    target = Path(__file__).with_name("message.png")
    target.write_bytes(resvg_py.svg_to_bytes(svg_string=picture, background="#ffffff", zoom=2))
