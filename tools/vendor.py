"""The libraries that the pages bring along: fetched anew with npm and compared byte by byte (`make vendor`).

python -m tools.vendor            compare the committed files with what npm gives
python -m tools.vendor --write    put npm's files in their place; each must have the hash named here
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.node import NodeError, npm

FOLDER = Path(__file__).resolve().parents[1] / "server" / "pages" / "static" / "vendor"


@dataclass(frozen=True)
class Vendored:
    """A file of an npm package, and its SHA-256."""

    package: str
    version: str
    path: str
    sha256: str

    @property
    def target(self) -> Path:
        """Where the pages find it; the version in the name makes it safe to cache for good."""
        return FOLDER / f"{self.package}-{self.version}" / Path(self.path).name


FILES = (
    Vendored(
        "graphiql",
        "4.1.2",
        "graphiql.min.js",
        "867226ba8af5ce7949903fc53932f78dac9f4bfc6cc8da0fd3869b8bc6c5256b",
    ),
    Vendored(
        "graphiql",
        "4.1.2",
        "graphiql.min.css",
        "30487e07635d312a63f647b140d37740a73c53332b0975bf4b1fe985ca6ec885",
    ),
    Vendored(
        "graphiql", "4.1.2", "LICENSE", "4b18fbe55c4e8f9169cb702be138f4d858a2dad920c39857204ffdc9c1c9fdc4"
    ),
    Vendored(
        "react",
        "18.3.1",
        "umd/react.production.min.js",
        "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
    ),
    Vendored(
        "react", "18.3.1", "LICENSE", "52412d7bc7ce4157ea628bbaacb8829e0a9cb3c58f57f99176126bc8cf2bfc85"
    ),
    Vendored(
        "react-dom",
        "18.3.1",
        "umd/react-dom.production.min.js",
        "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
    ),
    Vendored(
        "react-dom", "18.3.1", "LICENSE", "52412d7bc7ce4157ea628bbaacb8829e0a9cb3c58f57f99176126bc8cf2bfc85"
    ),
)


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def differing() -> list[Path]:
    """Files of the vendor folder that are missing, altered, or of no known origin."""
    known = {file.target: file.sha256 for file in FILES}
    present = {path for path in FOLDER.rglob("*") if path.is_file()}
    altered = {path for path in present & {*known} if digest(path.read_bytes()) != known[path]}
    return sorted((present ^ {*known}) | altered)


def fetched() -> dict[Vendored, bytes]:
    """The files as npm gives them.

    Raises:
        NodeError: npm failed.
    """
    contents: dict[Vendored, bytes] = {}
    with TemporaryDirectory() as name:
        for package in sorted({f"{file.package}@{file.version}" for file in FILES}):
            listing = json.loads(npm(Path(name), "pack", "--json", "--ignore-scripts", package))
            with tarfile.open(Path(name) / listing[0]["filename"]) as archive:
                for file in FILES:
                    if f"{file.package}@{file.version}" == package:
                        member = archive.extractfile(f"package/{file.path}")
                        assert member is not None
                        contents[file] = member.read()
    return contents


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    try:
        contents = fetched()
    except NodeError as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    strange = [file for file, content in contents.items() if digest(content) != file.sha256]
    if not strange and arguments.write:
        for file, content in contents.items():
            file.target.parent.mkdir(parents=True, exist_ok=True)
            file.target.write_bytes(content)
    problems = [f"{file.package} {file.path}: npm gives another file" for file in strange]
    problems += [f"{path.relative_to(FOLDER)}: missing, altered or unknown" for path in differing()]
    print(*problems, f"vendor: {len(FILES)} files, {len(problems)} problems", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
