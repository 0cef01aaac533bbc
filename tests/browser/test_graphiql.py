"""The pages in a real browser: a token, an example, its rows; and what a wrong token is told."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.clients.telling import telling
from tests.live import Live

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "examples" / "queries"
EDITOR = ".graphiql-query-editor .CodeMirror"
LIVE = "task-changes"
RESULT = ".result-window .CodeMirror"


async def _enter(page: Page, site: Live, token: str | None = None) -> None:
    await page.goto(f"{site.url}/graphiql")
    await page.get_by_label("令牌 Token").fill(token if token is not None else site.token())
    await page.get_by_role("button", name="进入").click()


async def _entered(page: Page, site: Live, token: str | None = None) -> None:
    await _enter(page, site, token)
    await expect(page.locator("#graphiql")).to_be_visible()
    await expect(page.locator("#examples option")).not_to_have_count(1)


async def _run(page: Page) -> Any:
    """The answer in the result pane after a click on GraphiQL's own button."""
    await page.eval_on_selector(RESULT, "element => element.CodeMirror.setValue('')")
    await page.locator(".graphiql-execute-button").click()
    await expect(page.locator(RESULT)).to_contain_text('"data"')
    return json.loads(await page.eval_on_selector(RESULT, "element => element.CodeMirror.getValue()"))


async def _choose(page: Page, name: str, word: str) -> None:
    await page.locator("#examples").select_option(name)
    await expect(page.locator(EDITOR)).to_contain_text(word)


async def test_an_example_shows_rows(page: Page, site: Live) -> None:
    await _entered(page, site)
    await expect(page.locator("#who")).to_contain_text("2022-11-30")
    await _choose(page, "persons-page", "PersonsPage")
    edges = (await _run(page))["data"]["persons"]["edges"]
    assert len(edges) > 5
    assert all(edge["node"]["name"] for edge in edges)


async def test_every_example_runs_without_errors(page: Page, site: Live) -> None:
    await _entered(page, site)
    offered = await page.eval_on_selector_all("#examples option", "all => all.map(one => one.value)")
    assert len(offered) >= 13
    for name in filter(None, offered):
        if name == LIVE:
            continue
        await _choose(page, name, _operation(name))
        answer = await _run(page)
        assert "errors" not in answer, (name, answer)
        for value in answer["data"].values():
            assert value is not None, (name, answer)
            assert isinstance(value, list) or not value.get("errors"), (name, answer)


def _operation(name: str) -> str:
    text = (EXAMPLES / f"{name}.graphql").read_text("utf-8")
    found = re.search(r"^(?:query|mutation|subscription) (\w+)", text, re.MULTILINE)
    assert found is not None, name
    return found[1]


async def test_a_subscription_is_heard_until_it_is_stopped(page: Page, site: Live) -> None:
    await _entered(page, site)
    await _choose(page, LIVE, _operation(LIVE))
    streams = site.runtime.graphql.streams
    async with telling(site):
        answer = await _run(page)
        assert answer["data"]["taskChanged"]["event"] == "OPENED"
        first = answer["data"]["taskChanged"]["position"]
        await expect(page.locator(RESULT)).not_to_contain_text(f'"position": {first}')
        assert sum(streams.running.values()) == 1
        await page.locator(".graphiql-execute-button").click()
        for _ in range(50):
            await asyncio.sleep(0.1)
            if not streams.running:
                break
    assert not streams.running
    await expect(page.locator("#message")).to_be_hidden()


async def test_the_same_example_comes_back_over_edits(page: Page, site: Live) -> None:
    await _entered(page, site)
    await _choose(page, "capabilities", "CallerCapabilities")
    await page.eval_on_selector(EDITOR, "element => element.CodeMirror.setValue('{ typed }')")
    await _choose(page, "capabilities", "CallerCapabilities")


async def test_introspection_feeds_the_documentation(page: Page, site: Live) -> None:
    await _entered(page, site)
    await page.get_by_label("Show Documentation Explorer").click()
    pane = page.locator(".graphiql-doc-explorer")
    await pane.get_by_role("link", name="Query", exact=True).click()
    await expect(pane).to_contain_text("households")
    await expect(page.locator("#message")).to_be_hidden()


@pytest.mark.parametrize(("token", "words"), [("not.a.token", "make demo"), (None, "users grant")])
async def test_a_wrong_token_is_told_what_to_do(
    page: Page, site: Live, token: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if token is None:
        monkeypatch.setattr(site.runtime, "_known", _nobody)
        monkeypatch.setattr(site.runtime, "_provision", _nobody)
    await _enter(page, site, token)
    await expect(page.locator("#message")).to_contain_text(words)
    await expect(page.locator("#graphiql")).to_be_hidden()
    assert await page.evaluate("sessionStorage.getItem('token')") is None


async def test_a_refused_introspection_is_told_and_queries_still_run(page: Page, site: Live) -> None:
    refusal = {"errors": [{"message": "no introspection", "extensions": {"code": "FORBIDDEN"}}]}

    async def answer(route: Route) -> None:
        if "IntrospectionQuery" in (route.request.post_data or ""):
            await route.fulfill(json=refusal)
        else:
            await route.continue_()

    await page.route("**/graphql", answer)
    await _entered(page, site)
    await expect(page.locator("#message")).to_contain_text("schema.graphql")
    await _choose(page, "capabilities", "CallerCapabilities")
    assert (await _run(page))["data"]["capabilities"]["today"] == "2022-11-30"


async def test_english_is_a_choice(page: Page, site: Live) -> None:
    await page.goto(f"{site.url}/graphiql")
    await page.locator("#language").select_option("en")
    await page.get_by_label("令牌 Token").fill("not.a.token")
    await page.get_by_role("button", name="进入").click()
    await expect(page.locator("#message")).to_contain_text("This is not a token")


async def _nobody(*_: object) -> None:
    return None


async def test_a_purpose_opens_what_the_token_allows(page: Page, site: Live) -> None:
    await _entered(page, site, site.token("CITY_OFFICER", "410189000000", "pii:read"))
    await _choose(page, "person-with-households", "PersonWithHouseholds")
    assert "*" in (await _run(page))["data"]["person"]["idNumber"]
    await page.locator("#purpose").fill("核对身份")
    assert (await _run(page))["data"]["person"]["idNumber"].startswith("4")
    await expect(page.locator(RESULT)).not_to_contain_text("****")


async def test_the_token_goes_with_the_tab(page: Page, site: Live) -> None:
    await _entered(page, site)
    await page.reload()
    await expect(page.locator("#graphiql")).to_be_visible()
    assert await page.evaluate("localStorage.length") == 0
    other = await page.context.new_page()
    await other.goto(f"{site.url}/graphiql")
    await expect(other.locator("#sign-in")).to_be_visible()
    await page.get_by_role("button", name="换令牌").click()
    await expect(page.locator("#sign-in")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0


async def test_a_district_has_a_page_of_its_own(page: Page, site: Live) -> None:
    await page.goto(f"{site.url}/districts/410189000000/graphql")
    assert page.url == f"{site.url}/graphiql?district=410189000000"
    await page.get_by_label("令牌 Token").fill(site.token())
    async with page.expect_response("**/districts/410189000000/graphql"):
        await page.get_by_role("button", name="进入").click()
    await expect(page.locator("#who")).to_contain_text("410189000000")


async def test_the_start_page_tells_state_and_address(page: Page, site: Live) -> None:
    await page.goto(site.url)
    await expect(page.locator("#endpoint")).to_have_text(f"{site.url}/graphql")
    await expect(page.locator("#state")).to_contain_text("服务正常")
    await page.get_by_role("link", name="GraphiQL").click()
    await expect(page.locator("#sign-in")).to_be_visible()
