"""Sandboxes, the vendors' own clients pointed at them, and plain HTTP for what those clients hide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from hubspot import HubSpot

from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.brightwater_small import small_company


@pytest.fixture(scope="session")
def example() -> Iterator[Sandbox]:
    """The example company. Shared: for reading only, and counting calls by difference."""
    with Sandbox(contacts=700) as sandbox:
        yield sandbox


@pytest.fixture
def small() -> Iterator[Sandbox]:
    """Eight contacts made by hand, a new one for each test."""
    with Sandbox(small_company()) as sandbox:
        yield sandbox


@pytest.fixture
def http(small: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {small.hubspot_token}"}
    with httpx.Client(base_url=small.url, headers=headers, trust_env=False) as client:
        yield client


def hubspot_client(sandbox: Sandbox, token: str | None = None) -> HubSpot:
    return HubSpot(access_token=token or sandbox.hubspot_token, host=sandbox.url, retry=False)


def analytics_client(sandbox: Sandbox, folder: Path) -> BetaAnalyticsDataClient:
    return BetaAnalyticsDataClient.from_service_account_file(
        str(sandbox.service_account_file(folder)), transport="rest", client_options={"api_endpoint": sandbox.url}
    )
