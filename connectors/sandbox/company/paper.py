"""The example's files: survey answers, follower counts, subscribers, press mentions and invoices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from connectors.sandbox.company import calendar
from connectors.sandbox.company.activities import SCORES
from connectors.sandbox.company.deals import Contract
from connectors.sandbox.company.files import Files, Invoice, Mention, Observation, SurveyAnswer
from connectors.sandbox.company.moments import from_ms

_NETWORKS = {
    # network: account, followers on the first day, gain per day
    "LinkedIn": ("brightwater", 6_200, 5.2),
    "X": ("@brightwater_eu", 3_150, -0.35),
    "Instagram": ("brightwater.hu", 1_480, 2.1),
    "YouTube": ("BrightwaterTV", 610, 0.9),
}
_LISTS = {"Monthly news": (4_300, 3.1), "Product updates": (1_900, 1.6)}
MISSING_FOLLOWER_DAY = date(2026, 3, 17)
"""The export failed on that day: no network has a row."""
_OUTLETS = ("Portfolio", "HVG", "Index", "Der Standard", "Handelsblatt", "Kauppalehti", "TechCrunch", "Dünya", "36氪")
_TITLES = (
    "Brightwater opens an office in {}", "How {} companies use Brightwater", "Interview: “We grow with {}”",
    "Brightwater és a {} piac", "{}: Brightwater raises prices",
)  # fmt: skip
_PLACES = ("Győr", "Wien", "Kraków", "İzmir", "Oulu", "上海", "Cluj")
_COMMENTS = (
    "", "", "", "Great support!", "Túl lassú a letöltés; sajnos.", 'She said "it just works"', "Teuer,\naber gut.",
    "İyi 👍", "价格有点高",
)  # fmt: skip


def make_files(rng: np.random.Generator, contracts: Iterable[Contract]) -> Files:
    return Files(_answers(rng), _followers(rng), _subscribers(rng), _mentions(rng), _invoices(rng, contracts))


def _answers(rng: np.random.Generator) -> list[SurveyAnswer]:
    """About 115 answers a quarter; the share of low scores falls over the two years."""
    count = 950
    moments = calendar.moments(rng, count, calendar.busyness(weekend=0.4, holiday=0.4))
    scores = rng.choice(11, count, p=SCORES)
    # some of the early answers are lower than they would be today
    lowered = rng.random(count) < 0.16 * (1 - np.arange(count) / count)
    scores = np.where(lowered, np.minimum(scores, 6), scores)
    comments = rng.integers(0, len(_COMMENTS), count)
    return [
        SurveyAnswer(
            f"R-{n + 1:06d}",
            "Relationship survey" if n % 5 else "Onboarding survey",
            f"C{10_000 + int(who)}",
            from_ms(int(moments[n])).astimezone(calendar.ZONE).replace(tzinfo=None, microsecond=0),
            int(scores[n]),
            _COMMENTS[comments[n]],
        )
        for n, who in enumerate(rng.integers(0, 700, count))
    ]


def _walk(rng: np.random.Generator, begin: int, gain: float) -> list[int]:
    steps = rng.normal(gain, abs(gain) * 1.2 + 0.8, len(calendar.days())).round().astype(int)
    return [int(count) for count in begin + np.cumsum(steps)]


def _followers(rng: np.random.Generator) -> list[Observation]:
    series = {network: _walk(rng, begin, gain) for network, (_, begin, gain) in _NETWORKS.items()}
    return [
        Observation(day, network, series[network][n], account)
        for n, day in enumerate(calendar.days())
        if day != MISSING_FOLLOWER_DAY
        for network, (account, _, _) in _NETWORKS.items()
    ]


def _subscribers(rng: np.random.Generator) -> list[Observation]:
    series = {name: _walk(rng, begin, gain) for name, (begin, gain) in _LISTS.items()}
    return [Observation(day, name, series[name][n]) for n, day in enumerate(calendar.days()) for name in _LISTS]


def _mentions(rng: np.random.Generator) -> list[Mention]:
    every, weight = calendar.days(), calendar.busyness(weekend=0.3, holiday=0.2)
    chosen = np.sort(rng.choice(len(every), 760, p=weight / weight.sum()))
    picks = rng.random((len(chosen), 4))
    return [
        Mention(
            f"PR-{n + 1:05d}",
            every[day],
            _pick(_OUTLETS, picks[n, 0]),
            _pick(_TITLES, picks[n, 1]).format(_pick(_PLACES, picks[n, 2])),
            _pick(("positive", "positive", "neutral", "neutral", "negative"), picks[n, 3]),
        )
        for n, day in enumerate(chosen)
    ]


def _pick(words: tuple[str, ...], share: float) -> str:
    return words[int(share * len(words))]


def _invoices(rng: np.random.Generator, contracts: Iterable[Contract]) -> list[Invoice]:
    """A quarterly invoice for each running contract; 2 % are cancelled, 3 % followed by a credit memo over a part."""
    documents: list[Invoice] = []
    for contract in contracts:
        customer = f"C{contract.company_id % 1_000_000:06d}"
        day = contract.signed + timedelta(days=3)
        while day <= min(contract.last_day or calendar.LAST_DAY, calendar.LAST_DAY):
            if day >= calendar.FIRST_DAY:
                documents.append(Invoice("", "invoice", customer, day, contract.monthly_cents * 3))
            day += timedelta(days=91)
    return _numbered(rng, documents)


def _numbered(rng: np.random.Generator, documents: list[Invoice]) -> list[Invoice]:
    documents.sort(key=lambda document: (document.posting_date, document.customer_id))
    chance, part = rng.random(len(documents)), rng.random(len(documents))
    result: list[Invoice] = []
    for n, document in enumerate(documents):
        number, cancelled = f"90{n + 1:07d}", bool(chance[n] < 0.02)
        result.append(
            Invoice(
                number, "invoice", document.customer_id, document.posting_date, document.net_cents, "EUR", cancelled
            )
        )
        memo_day = document.posting_date + timedelta(days=10)
        if chance[n] > 0.97 and memo_day <= calendar.LAST_DAY:
            cents = int(document.net_cents * (0.1 + 0.9 * part[n]))
            result.append(Invoice(f"95{n + 1:07d}", "credit_memo", document.customer_id, memo_day, cents))
    return result
