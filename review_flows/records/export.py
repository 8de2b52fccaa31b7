"""The trail as a package for strangers: a BagIt zip that proves itself without this program.

Entries one body a line (so that line n hashes to leaf n), payloads, checkpoints, the public key, a description of the
format and a verifier that needs only Python's standard library. `sha256sum -c manifest-sha256.txt` and any BagIt tool
check it too.
"""

import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import orjson
from sqlalchemy import text
from sqlmodel import Session

from review_flows.errors import ReviewFlowsError
from review_flows.records import audit
from review_flows.records.audit import SYSTEM, Actor
from review_flows.records.checkpoints import Checkpoint
from review_flows.records.database import reading, writing
from review_flows.records.home import Home
from review_flows.records.sealing import seal
from review_flows.records.tree import Tree

_STRANGER = Path(__file__).parent / "stranger"
_BODIES = text("SELECT body FROM audit_entries ORDER BY seq")
_PAYLOADS = text("SELECT seq, salt, content FROM audit_payloads ORDER BY seq")
_LEAVES = text("SELECT leaf FROM audit_entries WHERE seq <= :size ORDER BY seq")
_OF_CASE = text(
    "SELECT e.seq, e.body, p.seq AS payload_seq, p.salt, p.content FROM audit_entries e"
    " LEFT JOIN audit_payloads p ON p.seq = e.seq WHERE e.case_number = :case AND e.seq <= :size ORDER BY e.seq"
)
_CHUNK = 5000  # rows at a time
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def write_export(home: Home, out: Path, *, actor: Actor = SYSTEM) -> Checkpoint:
    """The checkpoint that seals what was written to `out`; that it was exported, and by whom, is an entry itself."""
    with writing(home.engine) as session:
        audit.record(session, "audit.exported", actor=actor, at=home.now(), payload={"file": out.name})
    sealed = seal(home)
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _write(home, archive, sealed)
    except OSError as error:
        raise ReviewFlowsError(f"无法写入 {out}：{error.strerror or error}") from error
    return sealed


def case_files(home: Home, case: str) -> dict[str, bytes]:
    """The files of one case's export: its entries, each with the proof that it is among all that a checkpoint signed.

    For the dossier: `entries.jsonl`, `payloads.jsonl`, `proofs.jsonl`, `checkpoints/…`, `public-key.txt`, the verifier.
    """
    sealed = seal(home)
    with reading(home.engine) as session:
        leaves = session.connection().execute(_LEAVES, {"size": sealed.size}).scalars()
        tree = Tree(map(bytes.fromhex, leaves))
        rows = session.connection().execute(_OF_CASE, {"case": case, "size": sealed.size}).all()
    proofs = [(row.seq, [part.hex() for part in tree.inclusion_proof(row.seq - 1)]) for row in rows]
    payloads = [_payload(row.seq, row.salt, row.content) for row in rows if row.payload_seq is not None]
    return {
        "entries.jsonl": b"".join(f"{row.body}\n".encode() for row in rows),
        "payloads.jsonl": b"".join(payloads),
        "proofs.jsonl": b"".join(orjson.dumps({"seq": seq, "proof": proof}) + b"\n" for seq, proof in proofs),
        f"checkpoints/{sealed.file_name}": sealed.note.encode(),
        "public-key.txt": f"{home.keys.public_key}\n".encode(),
        **{path.name: path.read_bytes() for path in _for_strangers()},
    }


def _for_strangers() -> list[Path]:
    return [path for path in sorted(_STRANGER.iterdir()) if path.suffix in (".md", ".py")]


def _write(home: Home, archive: zipfile.ZipFile, sealed: Checkpoint) -> None:
    bag = _Bag(archive)
    with reading(home.engine) as session:
        bag.add("data/entries.jsonl", _entries(session, sealed.size))
        bag.add("data/payloads.jsonl", _payloads(session, sealed.size))
    for path in sorted(home.checkpoints.glob("[0-9]*.txt")):
        if int(path.stem) <= sealed.size:
            bag.add(f"data/checkpoints/{path.name}", iter([path.read_bytes()]))
    bag.add("data/public-key.txt", iter([f"{home.keys.public_key}\n".encode()]))
    for path in _for_strangers():
        bag.add(f"data/{path.name}", iter([path.read_bytes()]))
    bag.close(sealed)


def _entries(session: Session, size: int) -> Iterator[bytes]:
    rows = session.connection().execute(_BODIES, execution_options={"yield_per": _CHUNK})
    for number, (body,) in enumerate(rows, 1):
        if number > size:  # appended while we were writing: the next export's
            break
        yield f"{body}\n".encode()


def _payloads(session: Session, size: int) -> Iterator[bytes]:
    for seq, salt, content in session.connection().execute(_PAYLOADS, execution_options={"yield_per": _CHUNK}):
        if seq > size:
            break
        yield _payload(seq, salt, content)


def _payload(seq: int, salt: str | None, content: str | None) -> bytes:
    kept = {"seq": seq} if content is None else {"seq": seq, "salt": salt, "content": content}
    return orjson.dumps(kept) + b"\n"


class _Bag:
    """A BagIt bag being written into a zip, hashing as it goes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._manifest: list[str] = []
        self._octets = 0

    def add(self, name: str, parts: Iterator[bytes]) -> None:
        digest = sha256()
        with self._archive.open(name, "w", force_zip64=True) as file:
            for part in _joined(parts):
                digest.update(part)
                self._octets += len(part)
                file.write(part)
        self._manifest.append(f"{digest.hexdigest()}  {name}\n")

    def close(self, sealed: Checkpoint) -> None:
        tags = {
            "bagit.txt": _DECLARATION,
            "bag-info.txt": f"External-Identifier: {sealed.origin}\nBagging-Date: {sealed.at.date().isoformat()}\n"
            f"Payload-Oxum: {self._octets}.{len(self._manifest)}\nInternal-Sender-Description: {sealed.short()}\n",
            "manifest-sha256.txt": "".join(self._manifest),
        }
        for name, content in tags.items():
            self._archive.writestr(name, content)
        lines = [f"{sha256(content.encode()).hexdigest()}  {name}\n" for name, content in tags.items()]
        self._archive.writestr("tagmanifest-sha256.txt", "".join(lines))


def _joined(parts: Iterator[bytes], size: int = 1 << 18) -> Iterator[bytes]:
    """The same bytes in larger pieces: a zip pays for every write."""
    buffer = BytesIO()
    for part in parts:
        buffer.write(part)
        if buffer.tell() >= size:
            yield buffer.getvalue()
            buffer = BytesIO()
    yield buffer.getvalue()
