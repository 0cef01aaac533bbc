"""What the example plugin gets for its declarations, on both databases: money, referrals, papers, projects, figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.codes.sets import UserRole
from core.ids import typed
from minzheng.testing import Probe, Running, Trial, service, unprobed
from tests.host.conftest import DISTRICT, TODAY, City
from tests.host.test_workflows import TOWN, applied, asked, http, moved, town
from tests.over_http import Http

__all__ = ["http", "town"]  # fixtures
HERE = Path(__file__).parents[1] / "dummy_plugin" / "minzheng_pets"


@pytest.fixture(scope="module")
def plugins(pets: tuple[str, ...]) -> tuple[str, ...]:
    return pets


def test_it_takes_less_than_two_hundred_lines() -> None:
    """A workflow, a job, a programme and its entitlement, a referral target, a document and a project kind, figures."""
    texts = [
        (HERE / name).read_text(encoding="utf-8") for name in ("shared.py", "workflows.py", "vaccines.py")
    ]
    code = [line for text in texts for line in text.splitlines() if line.strip()]
    assert len(code) < 200


async def granted(http: Http, town: City) -> str:
    permit: str = (await applied(http, town))["permit"]["id"]
    await moved(http, "inspect", permit, "TOWN_OFFICER", TOWN)
    done = await moved(http, "grant", permit, "CITY_OFFICER")
    assert done["errors"] == []
    return permit


OWNER = """
query ($id: ID!) { person(id: $id) {
  entitlements { programme { name title plugin } amount since until subject }
  timeline { edges { node { kind plugin title subject } } }
} }
"""


async def test_a_permit_entitles_its_owner(http: Http, town: City) -> None:
    permit, owner = await granted(http, town), typed("person", town.persons[0].id)
    found = await asked(http, OWNER, "CITY_OFFICER", id=owner)
    assert found["entitlements"] == []  # from the month after
    http.runtime.clock._today = date(2022, 12, 5)
    found = await asked(http, OWNER, "CITY_OFFICER", id=owner)
    (paid,) = found["entitlements"]
    assert (paid["programme"]["name"], paid["amount"]) == ("pets.allowance", "50.00")
    assert (paid["since"], paid["until"], paid["subject"]) == ("2022-12-01", None, permit)
    kinds = [edge["node"]["kind"] for edge in found["timeline"]["edges"]]
    assert "pets.dog_registered" in kinds
    hidden = await asked(http, OWNER, "TOWN_LEADER", TOWN, id=owner)  # sees persons, but has no pets:read
    assert hidden["entitlements"] == []
    assert not any(edge["node"]["plugin"] == "pets" for edge in hidden["timeline"]["edges"])


PREPARE = """
mutation ($input: PreparePaymentBatchInput!) { preparePaymentBatch(input: $input) {
  batch { id state count amount heldCount actions } errors { code field message }
} }
"""


async def test_the_entitlement_is_paid_once_a_month(http: Http, town: City) -> None:
    await granted(http, town)
    http.runtime.clock._today = date(2022, 12, 5)
    wanted = {"programme": "pets.allowance", "division": DISTRICT, "month": "2022-12-01"}
    made = await asked(http, PREPARE, "CITY_OFFICER", input=wanted)
    assert made["errors"] == []
    # Nobody has said where to pay it: held back, and told why.
    assert (made["batch"]["count"], made["batch"]["heldCount"]) == (0, 1)
    again = await asked(http, PREPARE, "CITY_OFFICER", input=wanted)
    assert again["batch"]["id"] == made["batch"]["id"]
    assert (again["batch"]["count"], again["batch"]["heldCount"]) == (0, 1)


REFER = """
mutation ($input: ReferPersonInput!) { referPerson(input: $input) { referral { id state } errors { code } } }
"""
ACCEPT = """
mutation ($input: AcceptReferralInput!) { acceptReferral(input: $input) { referral { state } errors { code } } }
"""


async def test_somebody_is_referred_to_it(http: Http, town: City) -> None:
    given = {
        "person": typed("person", town.persons[0].id),
        "target": "pets.shelter",
        "reason": "CARE",
        "consent": {"on": "2022-11-20"},
    }
    sent = await asked(http, REFER, "TOWN_OFFICER", TOWN, input=given)
    assert (sent["errors"], sent["referral"]["state"]) == ([], "SENT")
    taken = await asked(http, ACCEPT, "CITY_OFFICER", input={"referral": sent["referral"]["id"]})
    assert (taken["errors"], taken["referral"]["state"]) == ([], "ACCEPTED")


UPLOAD = """
mutation ($input: RequestUploadInput!) {
  requestUpload(input: $input) { document { id state } uploadUrl errors { code } }
}
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


async def test_papers_are_filed_about_its_records(http: Http, town: City) -> None:
    dog = typed("pets_dog", town.dog.id)  # type: ignore[attr-defined]
    given = {
        "subject": dog,
        "kind": "pets.vaccination",
        "title": "免疫证明",
        "mediaType": "image/png",
        "size": len(PNG),
    }
    asked_for = await asked(http, UPLOAD, "TOWN_OFFICER", TOWN, input=given)
    assert asked_for["errors"] == []
    path = asked_for["uploadUrl"].replace("http://service", "")
    stored = await http.client.put(path, content=PNG, headers={"Content-Type": "image/png"})
    assert stored.status_code < 300, stored.text
    shown = "query ($id: ID!) { document(id: $id) { state size kind { name } subject } }"
    found = await asked(http, shown, "TOWN_OFFICER", TOWN, id=asked_for["document"]["id"])
    assert (found["state"], found["size"], found["subject"]) == ("STORED", len(PNG), dog)
    assert await asked(http, shown, "TOWN_OFFICER", "410189102000", id=asked_for["document"]["id"]) is None


PLAN = """
mutation ($input: PlanProjectInput!) {
  planProject(input: $input) { project { id state kind } errors { code field } }
}
"""


async def test_its_projects_are_counted(http: Http, town: City) -> None:
    given = {
        "kind": "pets.kennels",
        "name": "收容所新建",
        "division": DISTRICT,
        "owner": "动物防疫站",
        "plannedStart": "2022-06-01",
        "plannedCompletion": "2022-12-31",
        "budget": "100000.00",
    }
    made = await asked(http, PLAN, "CITY_OFFICER", input=given)
    assert made["errors"] == []
    listed = '{ projects(filter: { kind: "pets.kennels" }) { totalCount } }'
    assert (await asked(http, listed, "CITY_OFFICER"))["totalCount"] == 1
    assert (await asked(http, listed, "TOWN_LEADER", TOWN))["totalCount"] == 0


REPORT = """
query ($wanted: DivisionCode!) { workReport(division: $wanted, year: 2022) { sections { plugin sentences {
  text figures { id value unit missing source { query variables path } }
} } } }
"""


async def test_its_sentence_stands_in_the_report(http: Http, town: City) -> None:
    await granted(http, town)
    found = await asked(http, REPORT, "CITY_OFFICER", wanted=DISTRICT)
    (section,) = [section for section in found["sections"] if section["plugin"] == "pets"]
    (sentence,) = section["sentences"]
    # The allowance begins in December: nobody has one yet, and a zero is a figure.
    assert sentence["text"] == "全年登记犬只1只，为0人发放导盲犬补贴。"
    for figure in sentence["figures"]:
        source = figure["source"]
        answer = await http.ask(source["query"], source["variables"], UserRole.CITY_OFFICER, DISTRICT)
        value: Any = answer["data"]
        for step in source["path"]:
            value = value[step]
        assert value == figure["value"]


@pytest.fixture
async def running(pets: tuple[str, ...], database_url: str) -> AsyncIterator[Running]:
    async with service(database_url, pets, today=TODAY, migrate=False) as running:
        yield running


async def test_each_of_its_figures_moves_as_it_should(running: Running) -> None:
    from minzheng_pets.probes import PROBES

    assert unprobed(running.host, "pets", PROBES) == []
    for number, probe in enumerate(PROBES):
        assert isinstance(probe, Probe)
        await Trial(running, probe, number).run()


async def test_a_figure_without_a_probe_is_found(running: Running) -> None:
    assert unprobed(running.host, "pets", []) == ["pets.allowances", "pets.dogs"]
