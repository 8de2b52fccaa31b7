"""Takes checkpoints of a home: signs what the trail holds now, as the continuation of what was signed before.

Called after the transaction of every sign-off, by a sweep and on demand. It costs what is new since the last
checkpoint: the edge of the tree is kept beside the checkpoints, and believed only where it gives the root that was
signed.
"""

import fcntl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlalchemy import text
from sqlmodel import Session

from review_flows.errors import AuditChainBroken
from review_flows.records.checkpoints import FIRST, Checkpoint, is_signed, latest, signed
from review_flows.records.database import instant_text, reading
from review_flows.records.documents import write_durably
from review_flows.records.guards import guard_hash
from review_flows.records.home import Home
from review_flows.records.tree import Frontier

_LEAVES = text("SELECT leaf FROM audit_entries WHERE seq > :size AND seq <= :until ORDER BY seq")
_COUNT = text("SELECT coalesce(max(seq), 0) FROM audit_entries")
_ALL = 2**31 - 1
_EDGE = "frontier.json"


def seal(home: Home) -> Checkpoint:
    """The checkpoint over all entries there are now, signed and on disk; the last one where nothing has come since.

    Raises AuditChainBroken where the trail does not continue what was signed before.
    """
    with _locked(home.checkpoints), reading(home.engine) as session:
        last = latest(home.checkpoints)
        if last is not None and not is_signed(last, home.keys.public_key):
            raise AuditChainBroken(last.size, f"检查点文件 {last.file_name} 的签名无效，有人改动过检查点。")
        frontier = _carried_on(session, home.checkpoints, last)
        if last is not None and frontier.size == last.size:
            return last
        taken = signed(
            home.keys,
            f"{home.origin}\n{frontier.size}\n{b64encode(frontier.root()).decode()}\n"
            f"guards {guard_hash(session)}\nprevious {last.sha256 if last else FIRST}\n"
            f"at {instant_text(home.now())}\n",
        )
        write_durably(home.checkpoints / taken.file_name, taken.note.encode(), mode=0o644)
        _remember(home.checkpoints, frontier)
        return taken


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time takes a checkpoint of a home."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _carried_on(session: Session, folder: Path, last: Checkpoint | None) -> Frontier:
    """The tree over all entries: what the last checkpoint signed, and the leaves since."""
    frontier = _remembered(folder, last) or Frontier()
    if last is not None:
        _add_leaves(session, frontier, until=last.size)
        entries = session.connection().execute(_COUNT).scalar_one()
        if entries < last.size or (frontier.size, frontier.root()) != (last.size, last.root):
            raise AuditChainBroken(last.size, f"现有记录与第 {last.size} 条处签名的检查点不符，有人改动过记录。")
    _add_leaves(session, frontier)
    return frontier


def _add_leaves(session: Session, frontier: Frontier, until: int = _ALL) -> None:
    """Take the leaves that come after the frontier, up to entry `until`."""
    wanted = {"size": frontier.size, "until": until}
    for (leaf,) in session.connection().execute(_LEAVES, wanted, execution_options={"yield_per": 5000}):
        frontier.add(bytes.fromhex(leaf))


def _remember(folder: Path, frontier: Frontier) -> None:
    """Keep the tree's edge beside the checkpoints: a cache, believed only where it gives the signed root."""
    kept = {"size": frontier.size, "roots": [root.hex() for root in frontier.roots]}
    write_durably(folder / _EDGE, orjson.dumps(kept), mode=0o644)


def _remembered(folder: Path, last: Checkpoint | None) -> Frontier | None:
    if last is None:
        return None
    try:
        kept = orjson.loads((folder / _EDGE).read_bytes())
        frontier = Frontier(kept["size"], [bytes.fromhex(root) for root in kept["roots"]])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    is_the_signed_one = frontier.size == last.size and frontier.root() == last.root
    return frontier if is_the_signed_one else None
