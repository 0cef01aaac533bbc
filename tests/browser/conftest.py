"""Debian's Chromium, without a window, over a running service."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.conftest import Sqlite
from tests.live import Live, live

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# Chromium calls home by itself; the tests are about what the page asks for.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. Where tests must run (CI), a machine without it fails."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found:
        return found
    reason = "Chromium is missing: apt-get install chromium · 缺少 Chromium：apt-get install chromium"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
async def site(
    chromium: str, sqlite: Sqlite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Live]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(sqlite.migrated(("assistance",)))
        yield await stack.enter_async_context(live(database, tmp_path_factory.mktemp("var"), persons=300))


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all tests; Playwright gives it an empty profile of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, headless=True, chromium_sandbox=False, args=QUIET
        )
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Storage, cookies and cache of one test."""
    context = await browser.new_context(viewport={"width": 1400, "height": 860}, locale="zh-CN")
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext, site: Live) -> AsyncIterator[Page]:
    """A page whose requests stay on the service and whose console stays free of errors."""
    page = await context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    strange = [url for url in asked if not url.startswith((f"{site.url}/", "data:", "blob:"))]
    assert not strange
    assert asked
    # Chromium reports a refused token (401, 403) too.
    assert [error for error in errors if "Failed to load resource" not in error] == []
    assert await context.cookies() == []
