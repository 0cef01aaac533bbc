"""`minzheng doctor`: what it finds in the files of documents, what it repairs, and how it says so."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from core.access.models import AuditEntry
from core.clock import Clock
from core.doctor import Check, Finding, Patient, Report, examine
from core.documents.models import Document, DocumentTicket
from server.cli import app
from server.doctor import CHECKS
from tests.documents import PDF_BYTES, REMOVE, Site, site_of


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of(database_url, tmp_path) as site:
        yield site


async def reports(site: Site, **options: Any) -> dict[str, Report]:
    runtime = site.runtime
    parts = (runtime.settings, runtime.host, runtime.database, runtime.graphql.storage, runtime.clock)
    return {report.check.name: report async for report in examine(Patient(*parts, **options), CHECKS)}


def found(report: Report, level: str = "problem") -> list[str | None]:
    return [finding.about for finding in report.findings if finding.level == level]


def file_of(site: Site, document: str) -> Path:
    return next(path for path in site.files() if path.name == document.partition("_")[2])


def age(path: Path) -> None:
    before = time.time() - 2 * 86400
    os.utime(path, (before, before))


async def test_a_sound_installation(site: Site) -> None:
    await site.stored()
    found_all = await reports(site, rehash=True)
    assert list(found_all) == [check.name for check in CHECKS]
    assert {name for name, report in found_all.items() if report.level == "problem"} == set()
    assert len(site.files()) == 1


async def test_deleted_truncated_and_altered_files(site: Site) -> None:
    gone, short, altered, good = [await site.stored() for _ in range(4)]
    file_of(site, gone).unlink()
    file_of(site, short).write_bytes(PDF_BYTES[:-1])
    file_of(site, altered).write_bytes(PDF_BYTES[:-1] + b" ")
    assert found((await reports(site))["files"]) == [gone, short]
    assert found((await reports(site, rehash=True))["files"]) == [gone, short, altered]
    assert (await site.shown(gone))["state"] == "STORED"  # looking changes nothing
    await reports(site, mark=True)
    assert [(await site.shown(document))["state"] for document in (gone, short, good)] == [
        "LOST",
        "LOST",
        "STORED",
    ]
    file_of(site, short).write_bytes(PDF_BYTES)
    await reports(site, mark=True)
    assert (await site.shown(short))["state"] == "STORED"
    async with site.runtime.database.reading() as session:
        query = select(AuditEntry.action).where(AuditEntry.actor == "doctor").order_by(AuditEntry.at)
        assert sorted(await session.scalars(query)) == ["document.found_again", *["document.lost"] * 2]


async def test_files_that_nobody_refers_to(site: Site) -> None:
    removed, kept = await site.stored(), await site.stored()
    left = file_of(site, removed)
    await site.ask(REMOVE, i={"document": removed, "reason": "x"})
    left.write_bytes(b"left by a crash")
    draft = site.folder / "incoming" / ("0" * 32)
    draft.write_bytes(b"killed")
    foreign = site.folder / "somebody-else.txt"
    foreign.write_bytes(b"not ours")
    assert found((await reports(site))["orphans"], "notice") == []  # they are young
    for path in site.files():
        age(path)
    report = (await reports(site))["orphans"]
    expected = [f"incoming/{'0' * 32}", f"stored/410189000000/{left.name}"]
    assert (sorted(map(str, found(report, "notice"))), report.level) == (expected, "notice")
    await reports(site, clean=True)
    assert {path.name for path in site.files()} == {file_of(site, kept).name, foreign.name}


async def test_documents_whose_file_never_came(site: Site) -> None:
    stale = (await site.requested())["document"]["id"]
    fresh = (await site.requested())["document"]["id"]
    async with site.runtime.database.writing() as session:
        first = (await session.scalars(select(Document).order_by(Document.id))).first()
        assert first is not None
        old = Clock.wall() - timedelta(days=2)
        mine = DocumentTicket.document_id == first.id
        await session.execute(update(DocumentTicket).where(mine).values(expires_at=old))
    assert found((await reports(site))["awaiting"], "notice") == [stale]
    await reports(site, clean=True)
    assert (await site.shown(stale))["state"] == "REMOVED"
    assert (await site.shown(fresh))["state"] == "AWAITING"
    async with site.runtime.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(DocumentTicket)) == 1


async def test_a_broken_storage_leaves_its_files_unjudged(site: Site) -> None:
    site.folder.parent.mkdir(exist_ok=True)
    site.folder.write_bytes(b"no folder")
    found_all = await reports(site)
    assert found_all["storage"].level == "problem"
    assert "files" not in found_all


async def test_a_check_that_raises_is_a_finding() -> None:
    async def broken(_: Patient) -> AsyncIterator[Finding]:
        raise ValueError("a secret of somebody")
        yield

    patient: Any = None
    (report,) = [r async for r in examine(patient, (Check("x", "甲", "X", broken),))]
    assert report.level == "problem"
    assert "secret" not in str(report.as_json())


async def test_the_command(site: Site, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    document = await site.stored()
    monkeypatch.setenv("MINZHENG_VAR", str(site.runtime.settings.var))
    arguments = ["doctor", "--database", database_url, "--plugins", "", "--json"]
    sound = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert sound.exit_code == 0, sound.output
    by_name = {item["check"]: item["level"] for item in json.loads(sound.stdout)}
    assert by_name["files"] == "ok"
    file_of(site, document).unlink()
    sick = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--hash"])
    assert sick.exit_code == 1
    (files,) = [item for item in json.loads(sick.stdout) if item["check"] == "files"]
    assert files["findings"][0]["about"] == document
    shown = await asyncio.to_thread(CliRunner().invoke, app, arguments[:-1])
    assert shown.exit_code == 1
    assert "文件丢失" in shown.stdout


async def test_the_command_tells_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_VAR", str(tmp_path / "nothing"))
    result = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "--plugins", "", "--json"])
    levels = {item["check"]: item["level"] for item in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert (levels["keys"], levels["database"]) == ("problem", "problem")
    assert "files" not in levels
