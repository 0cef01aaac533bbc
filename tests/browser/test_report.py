"""The report page in Chromium: it asks with the token of the tab, and says what it could not count."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from core.demo_city.divisions import CITY
from tests.live import Live

pytestmark = pytest.mark.browser


async def test_the_report_is_counted_and_shown(page: Page, site: Live) -> None:
    await page.goto(f"{site.url}/report?division={CITY}&year=2022")
    await expect(page.locator("#report")).to_be_hidden()
    await page.fill("#token", site.token())
    await page.click("button[type=submit]")
    await expect(page.locator("#title")).to_have_text("民政局2022年工作总结")
    sections = page.locator("#sections p")
    await expect(sections).to_have_count(7)
    await expect(sections.nth(1)).to_contain_text("收入由低保标准的")
    await expect(page.locator("#figures tr").filter(has_text="有免税资格的社会组织")).to_be_visible()
    missing = page.locator("#sections span[title*=minors]").first
    await expect(missing).to_have_attribute(
        "title", "minors.demonstration_accepted_month：未启用插件 minors / plugin minors is not enabled"
    )


async def test_a_refusal_is_told(page: Page, site: Live) -> None:
    await page.goto(f"{site.url}/report")
    await page.fill("#token", site.token("TOWN_OFFICER", "410189101000"))
    await page.fill("#division", CITY)
    await page.fill("#year", "2022")
    await page.click("button[type=submit]")
    await expect(page.locator("#message")).to_contain_text("不在您的管辖范围内")
