"""What pages share besides the report's stylesheet: a few rules for navigation and filters, and the script that renews a page.

The script is the only one that the content security policy lets run, by its hash. It asks every few seconds, with the ETag it holds,
whether something newer is published, says so in a live region, and shows it; while somebody fills in a field or has selected text, it
offers a link instead. Without scripts the page renews itself every five minutes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from pipelines.report.report import stylesheet

SCRIPT = """\
(() => {
const said = document.getElementById("renewed"), pulse = document.body.dataset.pulse;
const told = sessionStorage.getItem("okr-renewed");
if (told) { sessionStorage.removeItem("okr-renewed"); setTimeout(() => { said.textContent = told; }, 300); }
const busy = () => {
  const at = document.activeElement, words = String(getSelection());
  return words || (at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName));
};
const look = async () => {
  if (document.hidden) return;
  const found = await fetch("/pulse", {cache: "no-store"}).then(each => each.ok ? each.json() : null).catch(() => null);
  if (!found || found.pulse === pulse) return;
  if (busy()) {
    if (said.querySelector("a")) return;
    const link = document.createElement("a");
    link.href = location.href; link.textContent = document.body.dataset.newer;
    said.replaceChildren(link);
  } else {
    sessionStorage.setItem("okr-renewed", found.words);
    location.reload();
  }
};
setInterval(look, 5000);
document.addEventListener("visibilitychange", look);
})();
"""


@cache
def page_stylesheet() -> bytes:
    """The report's, and what only the dashboard has."""
    own = files("pipelines.serve").joinpath("templates/serve.css").read_text(encoding="utf-8")
    return f"{stylesheet()}\n{own}".encode()


@cache
def stylesheet_address() -> str:
    """Changes with its content, so that browsers may keep it for good."""
    return f"/assets/okr.css?v={hashlib.sha256(page_stylesheet()).hexdigest()[:12]}"
