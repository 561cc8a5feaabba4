"""The example's web traffic: some 2,500 sessions a day over eight channel groups, the same whatever the number of contacts."""

from __future__ import annotations

import numpy as np

from connectors.sandbox.company import calendar
from connectors.sandbox.company.traffic import Traffic, TrafficRow

_CHANNELS = {
    # channel group: share of sessions, engaged share, key events per session, new users per session
    "Organic Search": (0.41, 0.62, 0.012, 0.66),
    "Direct": (0.22, 0.51, 0.009, 0.55),
    "Paid Search": (0.14, 0.55, 0.021, 0.74),
    "Organic Social": (0.09, 0.44, 0.006, 0.71),
    "Referral": (0.07, 0.6, 0.015, 0.63),
    "Email": (0.05, 0.68, 0.024, 0.18),
    "Display": (0.015, 0.22, 0.001, 0.86),
    "Organic Video": (0.005, 0.4, 0.004, 0.7),
}
_PER_DAY = 2_180


def make_traffic(rng: np.random.Generator) -> Traffic:
    """Organic search grows faster than the rest; the smallest channels have days without a visit."""
    every = calendar.days(calendar.AFTERMATH_DAYS)
    weight = calendar.busyness(weekend=0.55, holiday=0.45, growth=1.2, after=calendar.AFTERMATH_DAYS)
    shares = np.array([numbers[0] for numbers in _CHANNELS.values()])
    years = np.arange(len(every)) / 365.25
    drift = np.ones((len(every), len(shares)))
    drift[:, 0] = 1 + 0.06 * years
    mean = _PER_DAY * weight[:, None] * shares * drift * rng.normal(1, 0.06, (len(every), len(shares))).clip(0.5)
    sessions = rng.poisson(mean)
    engaged = rng.binomial(sessions, [numbers[1] for numbers in _CHANNELS.values()])
    events = rng.binomial(sessions, [numbers[2] for numbers in _CHANNELS.values()])
    new = rng.binomial(sessions, [numbers[3] for numbers in _CHANNELS.values()])
    return Traffic(
        TrafficRow(
            day,
            channel,
            int(sessions[d, c]),
            int(engaged[d, c]),
            int(events[d, c]),
            int(new[d, c]),
            max(int(new[d, c]), round(float(sessions[d, c]) * 0.82)),
        )
        for d, day in enumerate(every)
        for c, channel in enumerate(_CHANNELS)
        if sessions[d, c]
    )
