"""Files of documents over HTTP: the happy path, every refusal with its code, and what must not leak."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.access.models import AuditEntry, GrantRow, User
from core.clock import Clock
from core.documents.models import DocumentTicket
from tests.documents import (
    DOWNLOAD,
    EXE_BYTES,
    JPEG,
    JPEG_BYTES,
    PDF,
    PDF_BYTES,
    PNG,
    PNG_BYTES,
    REMOVE,
    Site,
    code,
    site_of,
)
from tests.schema.small_city import CITY, EAST, WEST


@pytest.fixture(scope="module")
def plugins() -> tuple[str, ...]:
    return ()


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of(database_url, tmp_path) as site:
        yield site


async def _chunked(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_a_file_goes_in_and_comes_out(site: Site) -> None:
    asked = await site.requested(title="身份证 正面")
    assert asked["errors"] == []
    assert asked["document"]["state"] == "AWAITING"
    answer = await site.put(asked["uploadUrl"], _chunked(PDF_BYTES, 100))
    digest = hashlib.sha256(PDF_BYTES).hexdigest()
    assert (answer.status_code, answer.json()) == (
        201,
        {"document": asked["document"]["id"], "size": len(PDF_BYTES), "sha256": digest},
    )
    shown = await site.shown(asked["document"]["id"])
    assert (shown["state"], shown["size"], shown["sha256"]) == ("STORED", len(PDF_BYTES), digest)
    assert shown["kind"] == {
        "name": "core.identity_proof",
        "title": "Proof of identity",
        "titleZh": "身份证件",
        "titleEn": "Proof of identity",
    }
    fetched = await site.client.get(await site.link(asked["document"]["id"]))
    assert (fetched.status_code, fetched.content) == (200, PDF_BYTES)
    assert fetched.headers["Content-Type"] == PDF
    assert fetched.headers["Content-Disposition"].startswith("attachment;")
    assert fetched.headers["Content-Disposition"].endswith("%E6%AD%A3%E9%9D%A2.pdf")
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert fetched.headers["Cache-Control"] == "no-store"
    assert fetched.headers["Content-Security-Policy"].startswith("sandbox")
    assert [path.stat().st_mode & 0o077 for path in site.files()] == [0]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "core.nothing"}, ("DOC_KIND", ["input", "kind"])),
        ({"mediaType": "text/html"}, ("DOC_TYPE", ["input", "mediaType"])),
        ({"size": 0}, ("DOC_EMPTY", ["input", "size"])),
        ({"size": 10_000_001}, ("DOC_SIZE", ["input", "size"])),
        ({"title": " "}, ("TEXT_LENGTH", ["input", "title"])),
        ({"sha256": "abc"}, ("DOC_DIGEST_FORMAT", ["input", "sha256"])),
        ({"subject": "household_" + "0" * 32}, ("ID_INVALID", ["input", "subject"])),
        ({"subject": "person_" + "0" * 32}, ("NOT_FOUND", ["input", "subject"])),
    ],
)
async def test_requests_are_refused(site: Site, fields: dict[str, Any], expected: tuple[str, Any]) -> None:
    asked = await site.requested(**fields)
    (error,) = asked["errors"]
    assert (error["code"], error["field"]) == expected
    assert (asked["document"], asked["uploadUrl"], asked["expiresAt"]) == (None, None, None)


async def test_the_largest_file_is_asked_for(site: Site) -> None:
    assert (await site.requested(size=10_000_000))["errors"] == []


async def test_a_dry_run_gives_no_link(site: Site) -> None:
    asked = await site.requested(dryRun=True)
    assert (asked["errors"], asked["dryRun"], asked["uploadUrl"]) == ([], True, None)


async def test_a_repeat_has_the_same_link(site: Site) -> None:
    first, second = [await site.requested(idempotencyKey="k1") for _ in range(2)]
    assert first == second
    assert (await site.put(first["uploadUrl"])).status_code == 201
    other = await site.requested(idempotencyKey="k1", title="另一件")
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (EXE_BYTES, PDF),
        (b"<!DOCTYPE html><script>alert(1)</script>", JPEG),
        (JPEG_BYTES[:20] + b"<script>alert(1)</script>" + JPEG_BYTES[20:], JPEG),
        (b"<svg xmlns='x' onload='alert(1)'/>" + b" " * 50, PNG),
        (PNG_BYTES, PDF),
        (PDF_BYTES, JPEG),
        (b"plain words", PDF),
        (b" %PDF-1.4 not at the start", PDF),
    ],
)
async def test_the_type_is_read_from_the_bytes(site: Site, content: bytes, media_type: str) -> None:
    asked = await site.requested(content, mediaType=media_type)
    assert code(await site.put(asked["uploadUrl"], content)) == (415, "DOC_TYPE")
    assert (await site.shown(asked["document"]["id"]))["state"] == "AWAITING"
    assert site.files() == []
    assert code(await site.put(asked["uploadUrl"], content)) == (404, "DOC_LINK")


@pytest.mark.parametrize(("content", "media_type"), [(PNG_BYTES, PNG), (JPEG_BYTES, JPEG), (PDF_BYTES, PDF)])
async def test_each_type_is_taken(site: Site, content: bytes, media_type: str) -> None:
    document = await site.stored(content, mediaType=media_type)
    assert (await site.shown(document))["mediaType"] == media_type


async def test_sizes_must_be_as_announced(site: Site) -> None:
    padded = PDF_BYTES + b"%" * 20_000
    over = await site.requested(padded)
    assert code(await site.put(over["uploadUrl"], padded + b"%")) == (413, "DOC_SIZE")
    # It was told by its header, so the link is still good.
    assert (await site.put(over["uploadUrl"], padded)).status_code == 201
    streamed = await site.requested(padded)
    assert code(await site.put(streamed["uploadUrl"], _chunked(padded + b"%"))) == (413, "DOC_SIZE")
    under = await site.requested(padded)
    assert code(await site.put(under["uploadUrl"], padded[:-1])) == (422, "DOC_INCOMPLETE")
    empty = await site.requested(padded)
    assert code(await site.put(empty["uploadUrl"], b"")) == (422, "DOC_EMPTY")
    assert len(site.files()) == 1


async def test_headers_must_fit(site: Site) -> None:
    url = (await site.requested())["uploadUrl"]
    wrong = base64.b64encode(bytes(32)).decode()
    right = base64.b64encode(hashlib.sha256(PDF_BYTES).digest()).decode()
    assert code(await site.put(url, **{"Content-Type": "image/png"})) == (415, "DOC_TYPE")
    assert code(await site.put(url, **{"Content-Digest": "md5=:AA==:"})) == (400, "DOC_DIGEST_FORMAT")
    assert code(await site.put(url, **{"Content-Digest": f"sha-256=:{wrong}:"})) == (422, "DOC_HASH")
    again = (await site.requested())["uploadUrl"]
    assert (await site.put(again, **{"Content-Digest": f"sha-256=:{right}:"})).status_code == 201
    promised = await site.requested(sha256="0" * 64)
    assert code(await site.put(promised["uploadUrl"])) == (422, "DOC_HASH")
    assert len(site.files()) == 1


async def test_links_are_good_once_and_for_their_user(site: Site) -> None:
    asked = await site.requested()
    url = asked["uploadUrl"]
    assert code(await site.put("/documents/unknown")) == (404, "DOC_LINK")
    assert code(await site.client.get(url)) == (404, "DOC_LINK")
    other = site.headers("CITY_LEADER")
    assert code(await site.put(url, Authorization=other["Authorization"])) == (404, "DOC_LINK")
    assert code(await site.put(url, Authorization="Bearer nonsense"))[0] == 401
    assert (await site.client.head(url)).status_code == 405
    assert (await site.put(url, Authorization=site.headers()["Authorization"])).status_code == 201
    assert code(await site.put(url)) == (404, "DOC_LINK")
    link = await site.link(asked["document"]["id"])
    assert code(await site.put(link)) == (404, "DOC_LINK")
    assert (await site.client.get(link)).status_code == 200
    assert code(await site.client.get(link)) == (404, "DOC_LINK")


async def test_links_expire(site: Site) -> None:
    url = (await site.requested())["uploadUrl"]
    async with site.runtime.database.writing() as session:
        await session.execute(update(DocumentTicket).values(expires_at=Clock.wall() - timedelta(seconds=1)))
    assert code(await site.put(url)) == (404, "DOC_LINK")


async def test_links_end_with_the_rights_of_their_user(site: Site) -> None:
    document = await site.stored()
    url, link = (await site.requested())["uploadUrl"], await site.link(document)
    async with site.runtime.database.writing() as session:
        await session.execute(update(User).values(disabled_at=Clock.wall()))
    assert code(await site.put(url)) == (404, "DOC_LINK")
    assert code(await site.client.get(link)) == (404, "DOC_LINK")


async def test_only_the_hash_of_a_token_is_kept(site: Site) -> None:
    url = (await site.requested())["uploadUrl"]
    token = url.rpartition("/")[2]
    async with site.runtime.database.reading() as session:
        (ticket,) = (await session.scalars(select(DocumentTicket))).all()
    assert ticket.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert len(base64.urlsafe_b64decode(token + "=")) == 32


async def test_of_several_uploads_at_once_one_wins(site: Site) -> None:
    url = (await site.requested())["uploadUrl"]
    answers = await asyncio.gather(*(site.put(url, _chunked(PDF_BYTES, 50)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404, 404]
    assert len(site.files()) == 1


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "..\\..\\boot.ini", "a/b\u202efdp.exe", "...", 'x"; y="']
)
async def test_titles_are_no_paths(site: Site, title: str) -> None:
    fetched = await site.client.get(await site.link(await site.stored(title=title)))
    disposition = fetched.headers["Content-Disposition"]
    name = disposition.partition("''")[2]
    assert name.endswith(".pdf")
    assert not any(bad in name for bad in ("/", "%2F", "%5C", "..", "%E2%80%AE", '"'))
    assert [path.parent.parent.name for path in site.files()] == ["stored"]


async def test_a_removed_document_keeps_its_row(site: Site) -> None:
    document = await site.stored()
    link = await site.link(document)
    removed = (await site.ask(REMOVE, i={"document": document, "reason": "上传错误"}))["removeDocument"]
    assert (removed["errors"], removed["document"]["state"]) == ([], "REMOVED")
    assert site.files() == []
    assert code(await site.client.get(link)) == (404, "DOC_LINK")
    again = (await site.ask(REMOVE, i={"document": document, "reason": "x"}))["removeDocument"]
    assert [error["code"] for error in again["errors"]] == ["DOC_STATE"]
    fetch = (await site.ask(DOWNLOAD, i={"document": document}))["requestDownload"]
    assert ([error["code"] for error in fetch["errors"]], fetch["downloadUrl"]) == (["DOC_STATE"], None)


async def test_a_dry_removal_keeps_the_file(site: Site) -> None:
    document = await site.stored()
    await site.ask(REMOVE, i={"document": document, "reason": "x", "dryRun": True})
    assert len(site.files()) == 1
    assert (await site.shown(document))["state"] == "STORED"


async def test_a_document_removed_while_its_file_comes_is_not_stored(site: Site) -> None:
    asked = await site.requested()

    async def slow() -> AsyncIterator[bytes]:
        yield PDF_BYTES[:50]
        await site.ask(REMOVE, i={"document": asked["document"]["id"], "reason": "x"})
        yield PDF_BYTES[50:]

    assert code(await site.put(asked["uploadUrl"], slow())) == (404, "DOC_LINK")
    assert (await site.shown(asked["document"]["id"]))["state"] == "REMOVED"
    assert site.files() == []


async def test_a_lost_file_is_said_to_be_lost(site: Site) -> None:
    gone, short = await site.stored(), await site.stored()
    for path in site.files():
        if path.name == gone.partition("_")[2]:
            path.unlink()
        else:
            path.write_bytes(PDF_BYTES[:10])
    for document in (gone, short):
        assert code(await site.client.get(await site.link(document))) == (410, "DOC_LOST")


async def test_a_broken_storage_is_said_to_be_so(site: Site) -> None:
    url = (await site.requested())["uploadUrl"]
    site.folder.write_bytes(b"no folder")
    assert code(await site.put(url)) == (503, "DOC_STORAGE")


async def test_who_files_and_who_reads(site: Site) -> None:
    east, west = site.headers("TOWN_OFFICER", EAST), site.headers("TOWN_OFFICER", WEST)
    worker, auditor = site.headers("VILLAGE_WORKER", EAST), site.headers("AUDITOR")
    child = site.city.person(8)
    document = await site.stored(by=worker, subject=child)
    assert [e["code"] for e in (await site.requested(by=west, subject=child))["errors"]] == ["NOT_FOUND"]
    assert [e["code"] for e in (await site.requested(by=auditor))["errors"]] == ["FORBIDDEN"]
    assert (await site.shown(document, east))["title"] == "身份证"
    for by in (west, auditor):
        assert await site.shown(document, by) is None
        refused = (await site.ask(DOWNLOAD, by, i={"document": document}))["requestDownload"]
        assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]
    leader = site.reader("TOWN_LEADER", EAST)
    assert (await site.client.get(await site.link(document, leader))).content == PDF_BYTES
    refused = (await site.ask(REMOVE, leader, i={"document": document, "reason": "x"}))["removeDocument"]
    assert [error["code"] for error in refused["errors"]] == ["FORBIDDEN"]


async def _refused(site: Site, document: str, by: dict[str, str]) -> Any:
    answer = (await site.ask(DOWNLOAD, by, i={"document": document}))["requestDownload"]
    return [(error["code"], error["field"]) for error in answer["errors"]], answer["downloadUrl"]


async def test_what_is_sensitive_is_fetched_as_masked_fields_are_read(site: Site) -> None:
    document = await site.stored(subject=site.city.person(8))
    for by in (site.headers(), {**site.headers(), "Purpose": "check"}):
        assert await _refused(site, document, by) == ([("FORBIDDEN", [])], None)
    unmasking = site.headers("CITY_OFFICER", CITY, "pii:read")
    for by in (unmasking, {**unmasking, "Purpose": " "}):
        assert await _refused(site, document, by) == ([("PURPOSE_MISSING", ["input", "document"])], None)
    fetched = await site.client.get(await site.link(document, {**unmasking, "Purpose": "check"}))
    assert fetched.content == PDF_BYTES
    async with site.runtime.database.reading() as session:
        action = AuditEntry.action == "document.download_requested"
        rows = (await session.scalars(select(AuditEntry).where(action))).all()
    assert [(row.purpose, row.details.get("sensitive")) for row in rows] == [("check", True)]


async def test_unmasking_must_reach_the_subject_and_still_hold(site: Site) -> None:
    document = await site.stored(subject=site.city.person(8))
    link = await site.link(document)
    elsewhere = update(GrantRow).where(GrantRow.permission == "pii:read").values(division=WEST)
    async with site.runtime.database.writing() as session:
        await session.execute(elsewhere)
    assert code(await site.client.get(link)) == (404, "DOC_LINK")
    refused = ([("FORBIDDEN_SCOPE", ["input", "document"])], None)
    assert await _refused(site, document, site.reader()) == refused


async def test_what_is_not_sensitive_needs_no_purpose(site: Site) -> None:
    household = site.city.household(0)
    document = await site.stored(subject=household, kind="core.residence_proof")
    assert (await site.client.get(await site.link(document, site.headers()))).content == PDF_BYTES


async def test_what_is_done_is_audited_without_words(site: Site) -> None:
    document = await site.stored(subject=site.city.person(2), title="残疾证")
    await site.client.get(await site.link(document))
    await site.ask(REMOVE, i={"document": document, "reason": "重复上传"})
    async with site.runtime.database.reading() as session:
        query = (
            select(AuditEntry).where(AuditEntry.subject == document).order_by(AuditEntry.at, AuditEntry.id)
        )
        rows = (await session.scalars(query)).all()
    assert [row.action for row in rows] == [
        "document.upload_requested",
        "document.uploaded",
        "document.download_requested",
        "document.read",
        "document.removed",
    ]
    assert all(row.district == "410189000000" for row in rows)
    assert rows[3].details["sensitive"] is True
    said = str([row.details for row in rows])
    assert "残疾证" not in said
    assert "重复" not in said


async def test_logs_hold_no_token_and_no_content(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="minzheng")
    asked = await site.requested(title="机密标题")
    await site.put(asked["uploadUrl"], EXE_BYTES[: len(PDF_BYTES)])
    link = await site.link(await site.stored(title="机密标题"))
    await site.client.get(link)
    assert "PUT '/documents/…' 415" in caplog.text
    for secret in (asked["uploadUrl"].rpartition("/")[2], link.rpartition("/")[2], "机密标题", "MZ"):
        assert secret not in caplog.text
