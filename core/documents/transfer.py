"""The way of a file through the service: in by a one-time link, checked while it streams; out by another.

No request is known here: whoever serves HTTP gives chunks and gets chunks.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import logging
import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import service as access
from core.access.principal import Principal
from core.clock import Clock
from core.db import Database
from core.documents import tickets
from core.documents.declared import DocumentKind
from core.documents.media import HEAD, MEDIA, check_type
from core.documents.models import DOCUMENT, Document, DocumentState, DocumentTicket, TicketPurpose
from core.documents.refusals import (
    DOC_DIGEST_FORMAT,
    DOC_EMPTY,
    DOC_HASH,
    DOC_INCOMPLETE,
    DOC_LINK,
    DOC_LOST,
    DOC_SIZE,
    DOC_STORAGE,
    DOC_TYPE,
)
from core.documents.service import (
    audit_read,
    audit_uploaded,
    kind_of,
    places_of,
    require_unmasking,
    stored,
    subject_of,
)
from core.documents.storage import STORED, Storage, StorageError
from core.errors import Refused
from core.host import Host
from core.ids import typed
from core.vault import Vault
from core.work import Work

log = logging.getLogger("minzheng.documents")

# An upload slower than this is cut off, however it trickles.
SECONDS = 900
_DIGEST = re.compile(r"\s*sha-256\s*=\s*:([A-Za-z0-9+/=]+):\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Announced:
    """What the request says of the file.

    Attributes:
        length: of `Content-Length`, if it has one. media_type: of `Content-Type`. digest: `Content-Digest`.
    """

    length: int | None = None
    media_type: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Received:
    """A file that is now stored."""

    document: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Download:
    """A file on its way out."""

    filename: str
    media_type: str
    size: int
    chunks: AsyncIterator[bytes]


@dataclass
class _Sieve:
    """Lets the chunks of a file through as long as they are what they should be."""

    size: int
    media_type: str
    allowed: tuple[str, ...]
    counted: int = 0
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    async def pass_on(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """The chunks, held back until the first bytes tell the type.

        Raises:
            Refused: DOC_SIZE, DOC_TYPE, DOC_EMPTY, DOC_INCOMPLETE.
        """
        head: bytearray | None = bytearray()
        async for chunk in chunks:
            self._count(chunk)
            if head is None:
                yield chunk
                continue
            head += chunk
            if len(head) >= HEAD:
                yield self._known(head)
                head = None
        if head is not None:
            yield self._known(head)
        if self.counted != self.size:
            raise Refused(DOC_INCOMPLETE, found=self.counted, expected=self.size)

    def _count(self, chunk: bytes) -> None:
        self.counted += len(chunk)
        if self.counted > self.size:
            raise Refused(DOC_SIZE, maximum=self.size)
        self.hash.update(chunk)

    def _known(self, head: bytearray) -> bytes:
        if not head:
            raise Refused(DOC_EMPTY)
        check_type(bytes(head), self.media_type, self.allowed)
        return bytes(head)


@dataclass(frozen=True)
class _Expected:
    principal: Principal
    document: Document
    kind: DocumentKind
    sha256: frozenset[str]


@dataclass(frozen=True)
class Transfers:
    """Takes in and hands out the files of documents."""

    database: Database
    host: Host
    clock: Clock
    vault: Vault
    storage: Storage

    async def receive(
        self, token: str, chunks: AsyncIterable[bytes], said: Announced, subject: str | None = None
    ) -> Received:
        """Store a file: it is `STORED` only once every byte is safe.

        Args:
            subject: the user who sends it, if they say who they are.

        Raises:
            Refused: DOC_LINK, DOC_SIZE, DOC_TYPE, DOC_EMPTY, DOC_INCOMPLETE, DOC_HASH, DOC_DIGEST_FORMAT,
                DOC_STORAGE. A link is used up by all but those that its request's headers earn.
        """
        expected = await self._claim_upload(token, said, subject)
        document = expected.document
        key = f"{STORED}{document.district}/{document.id.hex}"
        sieve = _Sieve(document.size, document.media_type, expected.kind.media)
        try:
            async with asyncio.timeout(SECONDS):
                await self.storage.put(key, self._checked(sieve, chunks, expected))
        except StorageError as error:
            log.error("the storage failed in an upload: %s", error)
            raise Refused(DOC_STORAGE) from error
        except TimeoutError:
            raise Refused(DOC_INCOMPLETE, found=sieve.counted, expected=document.size) from None
        await self._commit(expected, key, sieve.hash.hexdigest())
        return Received(typed(DOCUMENT, document.id), sieve.counted, sieve.hash.hexdigest())

    async def _checked(
        self, sieve: _Sieve, chunks: AsyncIterable[bytes], expected: _Expected
    ) -> AsyncIterator[bytes]:
        async for chunk in sieve.pass_on(chunks):
            yield chunk
        if expected.sha256 - {sieve.hash.hexdigest()}:
            raise Refused(DOC_HASH)

    async def _claim_upload(self, token: str, said: Announced, subject: str | None) -> _Expected:
        digest = _digest_of(said.digest)
        async with self.database.writing() as session:
            ticket = await tickets.open_ticket(session, token, TicketPurpose.UPLOAD, subject)
            work = await self._work(session, ticket)
            document = await self._document(work, ticket, DocumentState.AWAITING)
            kind = kind_of(work, document.kind)
            await _require_write(work, document, kind)
            _check_headers(document, kind, said)
            await tickets.use(session, ticket)
            hashes = frozenset(item for item in (ticket.expected_sha256, digest) if item)
            return _Expected(work.principal, document, kind, hashes)

    async def _commit(self, expected: _Expected, key: str, sha256: str) -> None:
        try:
            async with self.database.writing() as session:
                work = Work(session, expected.principal, self.clock, self.vault, self.host)
                row = await session.get(Document, expected.document.id, with_for_update=True)
                if row is None or row.state is not DocumentState.AWAITING:
                    raise Refused(DOC_LINK)  # removed while its file was coming
                row.sha256, row.storage_key, row.uploaded_at = sha256, key, work.now
                stored(row, expected.kind, self.clock.today())
                audit_uploaded(work, row)
        except BaseException:
            await asyncio.shield(self._forget(key))
            raise

    async def _forget(self, key: str) -> None:
        try:
            await self.storage.delete(key)
        except StorageError as error:
            log.warning("a file that nobody refers to stays in the storage: %s", error)

    async def send(self, token: str, subject: str | None = None) -> Download:
        """A file, once, to whom its link was made for.

        Raises:
            Refused: DOC_LINK, DOC_LOST, DOC_STORAGE.
        """
        async with self.database.writing() as session:
            ticket = await tickets.open_ticket(session, token, TicketPurpose.DOWNLOAD, subject)
            work = await self._work(session, ticket)
            document = await self._document(work, ticket, DocumentState.STORED)
            await _require_read(work, document)
            await tickets.use(session, ticket)
            await audit_read(work, "document.read", document)
        try:
            found = await self.storage.head(document.storage_key or "")
        except StorageError as error:
            raise Refused(DOC_STORAGE) from error
        if found is None or found.size != document.size:
            raise Refused(DOC_LOST)
        name = filename(document.title, document.media_type)
        return Download(name, document.media_type, found.size, self.storage.get(found.key))

    async def _work(self, session: AsyncSession, ticket: DocumentTicket) -> Work:
        """The ticket's user with the rights of this moment: those of when it was made may be gone.

        Raises:
            Refused: DOC_LINK.
        """
        today: date = self.clock.today()
        permissions = self.host.permissions
        acting = typed("organization", ticket.organization_id) if ticket.organization_id else None
        found = await access.principal_of(session, ticket.subject, permissions, today, acting)
        if found is None:
            raise Refused(DOC_LINK)
        return Work(session, found, self.clock, self.vault, self.host)

    async def _document(self, work: Work, ticket: DocumentTicket, state: DocumentState) -> Document:
        try:
            document = await work.find(Document, ticket.document_id, DOCUMENT)
        except Refused:
            raise Refused(DOC_LINK) from None
        if document.state is not state:
            raise Refused(DOC_LINK)
        return document


async def _require_write(work: Work, document: Document, kind: DocumentKind) -> None:
    try:
        work.require_within(kind.write, *places_of(await subject_of(work, document)))
    except Refused:
        raise Refused(DOC_LINK) from None


async def _require_read(work: Work, document: Document) -> None:
    """What was needed to ask for the link is still needed, but for the purpose, which was audited then."""
    try:
        subject = await subject_of(work, document)
        if kind_of(work, document.kind).sensitive:
            await require_unmasking(work, subject)
    except Refused:
        raise Refused(DOC_LINK) from None


def _check_headers(document: Document, kind: DocumentKind, said: Announced) -> None:
    """What is known to be wrong before a byte has come leaves the link unused."""
    if said.length is not None and said.length > document.size:
        raise Refused(DOC_SIZE, maximum=document.size)
    if said.media_type not in (None, "", "application/octet-stream", document.media_type):
        raise Refused(DOC_TYPE, found=(said.media_type or "")[:100], allowed=", ".join(kind.media))


def _digest_of(header: str | None) -> str | None:
    """The SHA-256 of a `Content-Digest` in hex (RFC 9530); other algorithms beside it are passed over.

    Raises:
        Refused: DOC_DIGEST_FORMAT.
    """
    if header is None:
        return None
    for part in header.split(","):
        match = _DIGEST.fullmatch(part)
        if match:
            try:
                made = base64.b64decode(match[1], validate=True)
            except binascii.Error:
                made = b""
            if len(made) == hashlib.sha256().digest_size:
                return made.hex()
    raise Refused(DOC_DIGEST_FORMAT)


def filename(title: str, media_type: str) -> str:
    """A name to save a file under: the title without what a path or a terminal would take otherwise."""
    shown = "".join(
        " " if char in '/\\:*?"<>|' or unicodedata.category(char)[0] == "C" else char for char in title
    )
    stem = " ".join(shown.split()).strip(". ")[:100] or "document"
    ending = MEDIA[media_type].ending
    return stem if stem.lower().endswith(ending) else stem + ending
