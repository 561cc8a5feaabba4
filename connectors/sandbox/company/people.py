"""The people who own records in the example CRM."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.company.moments import to_ms

_JOINED = to_ms("2023-02-06T08:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Owner:
    """`id` is what records carry in hubspot_owner_id; `user_id` is the login and goes away with the person."""

    id: int
    user_id: int | None
    email: str
    first_name: str
    last_name: str
    archived: bool = False
    created: int = _JOINED
    modified: int = _JOINED


EXAMPLE_OWNERS = (
    Owner(41629771, 9586501, "anna.kovacs@brightwater.example", "Anna", "Kovács"),
    Owner(41629772, 9586502, "bence.szabo@brightwater.example", "Bence", "Szabó"),
    Owner(41629773, 9586503, "ceren.yildiz@brightwater.example", "Ceren", "Yıldız"),
    Owner(41629774, 9586504, "dora.horvath@brightwater.example", "Dóra", "Horváth"),
    Owner(41629775, 9586505, "eetu.makinen@brightwater.example", "Eetu", "Mäkinen"),
    Owner(41629776, 9586506, "li.na@brightwater.example", "Li", "Na"),
    Owner(41629777, None, "gabor.nagy@brightwater.example", "Gábor", "Nagy", archived=True),
)
