"""What a kind of document is: what it belongs to, who reads and files it, and which files it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.access.permissions import DOCUMENTS_READ, DOCUMENTS_WRITE
from core.documents.media import JPEG, MEDIA, PDF, PNG
from core.errors import StartupError
from core.households.models import Household
from core.organizations.models import Organization
from core.persons.models import Person


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document about rows of one model.

    Attributes:
        name: `<plugin>.<kind>`.
        subject: the model it is about. It has level columns, and its id prefix as `__documents__`.
        read, write: the permissions that show and file it, where they reach the subject.
        media: the media types it takes, of `core.documents.media.MEDIA`.
        max_bytes: the largest file.
        keep_months: how long a file is kept after its upload; None keeps it.
        sensitive: it shows what is masked elsewhere, such as an id number (domain 1.7): who fetches it needs `pii:read`
            over the subject and a purpose, and the audit says so.
    """

    name: str
    zh: str
    en: str
    subject: Any
    read: str
    write: str
    media: tuple[str, ...] = (PDF, JPEG, PNG)
    max_bytes: int = 10_000_000
    keep_months: int | None = None
    sensitive: bool = False

    def __post_init__(self) -> None:
        for zh, en in self._faults():
            raise StartupError(f"材料类别 {self.name}：{zh} / document kind {self.name}: {en}")

    @property
    def prefix(self) -> str:
        """The id prefix of its subjects."""
        prefix: str = self.subject.__documents__
        return prefix

    @property
    def table(self) -> str:
        name: str = self.subject.__tablename__
        return name

    def _faults(self) -> list[tuple[str, str]]:
        faults = []
        model = self.subject.__name__
        if not hasattr(self.subject, "__documents__") or not hasattr(self.subject, "division"):
            zh, en = (
                "须有区划列和 __documents__ = 编号前缀",
                "needs level columns and __documents__ = its id prefix",
            )
            return [(f"{model} {zh}", f"{model} {en}")]
        # The scope rule finds a plugin's models by the permissions of its documents (`subjects_of`).
        if not self.table.startswith(("core_", f"{self.read.partition(':')[0]}_")):
            faults.append(
                (f"read 须为 {model} 所属插件的权限", f"read must be of the plugin that has {model}")
            )
        unknown = [name for name in self.media if name not in MEDIA]
        if unknown or not self.media or self.max_bytes < 1:
            known = ", ".join(MEDIA)
            faults.append((f"media 只能取 {known}", f"media must be of {known}; max_bytes positive"))
        return faults


CORE_KINDS: Sequence[DocumentKind] = (
    DocumentKind(
        "core.identity_proof",
        "身份证件",
        "Proof of identity",
        Person,
        DOCUMENTS_READ,
        DOCUMENTS_WRITE,
        sensitive=True,
    ),
    DocumentKind(
        "core.residence_proof", "居住证明", "Proof of residence", Household, DOCUMENTS_READ, DOCUMENTS_WRITE
    ),
    DocumentKind(
        "core.organization_certificate",
        "登记证书",
        "Certificate of registration",
        Organization,
        DOCUMENTS_READ,
        DOCUMENTS_WRITE,
        max_bytes=20_000_000,
    ),
)
