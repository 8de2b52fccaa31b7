"""Does the trail prove itself? Reads all of it once and names the first bad entry and the kind of break.

Checked in one pass over entries and payloads, in constant memory: numbering, hashes, chain, order of time, searchable
columns against bodies, payloads against their salted hashes, erasures against their entries, the tree against every
checkpoint, checkpoints against the key that the first entry names (or one brought from outside), the guards in the
database against what was last installed, and stored documents against their hashes.

What no check here can find, since it needs a copy that an insider cannot reach: a history signed again with the true
key, a tail cut together with its checkpoints, a database rolled back with its folder. The result says which
checkpoints it compared, and whether any came from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select
from typing_extensions import TypedDict

from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.records.canonical import canonical
from review_flows.records.checkpoints import FIRST, Checkpoint, is_signed
from review_flows.records.documents import Document, Store
from review_flows.records.guards import guard_hash
from review_flows.records.keys import origin_of_key
from review_flows.records.trail import LEAF_PREFIX, NO_LEAF, payload_hash, searchable
from review_flows.records.tree import Frontier

# The searchable columns come last, in the order in which `searchable()` gives them.
_ALL = text(
    "SELECT e.leaf, e.body, p.seq, p.salt, p.content, e.seq, e.at, e.event, e.person, e.on_behalf_of, e.case_number,"
    " e.step, e.subject_kind, e.subject_id"
    " FROM audit_entries e LEFT JOIN audit_payloads p ON p.seq = e.seq ORDER BY e.seq"
)
_FIRST_COLUMN = 5
_SCHEMA_UPGRADED, _PAYLOAD_ERASED = "schema.upgraded", "payload.erased"
_LEARNED_FROM = frozenset({_SCHEMA_UPGRADED, _PAYLOAD_ERASED})
_MOST_PROBLEMS = 50
_BROKEN = "第 {seq} 条所记的前一条哈希与第 {before} 条不符，链条在此断开。"


class ProblemJson(TypedDict):
    """One thing that does not hold; `seq` null: it is no entry's."""

    seq: int | None
    kind: str
    reason: str


class VerificationJson(TypedDict):
    """The JSON of `audit verify`."""

    ok: bool
    entries: int
    first_bad: ProblemJson | None
    problems: list[ProblemJson]
    checkpoints: int
    last_checkpoint: int | None
    outside_checkpoints: int
    erased_payloads: int
    documents: int
    witness: str


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold; `seq` is the entry it begins at, None where it is no entry's."""

    seq: int | None
    kind: str
    reason: str

    def to_json(self) -> ProblemJson:
        """The problem as `audit verify --json` prints it."""
        return {"seq": self.seq, "kind": self.kind, "reason": self.reason}


@dataclass(frozen=True)
class Verification:
    """The result: whether all holds, and what was looked at."""

    entries: int
    erased: int
    documents: int
    checkpoints: int
    outside: int
    last_checkpoint: Checkpoint | None
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def first_bad(self) -> Problem | None:
        """The problem of the lowest entry; one of no entry comes last."""
        return min(self.problems, key=lambda problem: (problem.seq is None, problem.seq or 0), default=None)

    @property
    def witness(self) -> str:
        """What the comparison with checkpoints is worth, in a Chinese sentence."""
        if self.last_checkpoint is None:
            return "没有检查点可比对：只能证明记录前后一致，不能证明没有被整体重写。"
        inside = f"比对了 {self.checkpoints} 个检查点，最近一个在第 {self.last_checkpoint.size} 条"
        if self.outside:
            return f"{inside}；其中 {self.outside} 个由外部保存，可作见证。"
        return (
            f"{inside}；均由本机保存，没有外部见证：持有密钥的内部人员重签、截尾或整体回退，只有比对外部副本才能发现。"
        )

    def to_json(self) -> VerificationJson:
        """The result as `audit verify --json` prints it."""
        bad = self.first_bad
        return {
            "ok": self.ok,
            "entries": self.entries,
            "first_bad": bad.to_json() if bad else None,
            "problems": [problem.to_json() for problem in self.problems],
            "checkpoints": self.checkpoints,
            "last_checkpoint": self.last_checkpoint.size if self.last_checkpoint else None,
            "outside_checkpoints": self.outside,
            "erased_payloads": self.erased,
            "documents": self.documents,
            "witness": self.witness,
        }


def verify(
    session: Session,
    store: Store | None = None,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    outside: Sequence[Checkpoint] = (),
    public_key: str | None = None,
) -> Verification:
    """What holds and what does not, of the whole trail and (with a store) of all stored documents.

    `checkpoints` are those of the home, oldest first; `outside` are copies kept elsewhere. `public_key` is the key that
    checkpoints must be signed under: best one known from elsewhere; it must be the one that the first entry names.
    """
    everything = sorted([*checkpoints, *outside], key=lambda checkpoint: checkpoint.size)
    forged = [known for known in everything if public_key is not None and not is_signed(known, public_key)]
    reading = _Reading([known for known in everything if known not in forged])
    try:
        for row in session.connection().execute(_ALL, execution_options={"yield_per": 5000}):
            reading.take(row)
    except DBAPIError as error:
        reason = f"第 {reading.frontier.size + 1} 条起无法读出：{str(error.orig).strip().splitlines()[0]}"
        reading.found(reading.frontier.size + 1, "unreadable", reason)
        session.rollback()
    reading.finish(guard_hash(session))
    _check_keys(reading, forged, public_key)
    _check_folder(reading, checkpoints)
    documents = _check_documents(session, store, reading) if store is not None else 0
    return Verification(
        entries=reading.frontier.size,
        erased=len(reading.emptied),
        documents=documents,
        checkpoints=len(everything),
        outside=len(outside),
        last_checkpoint=everything[-1] if everything else None,
        problems=tuple(reading.problems),
    )


class _Reading:
    """The state of the one pass over all entries."""

    def __init__(self, checkpoints: Sequence[Checkpoint]) -> None:
        self.problems: list[Problem] = []
        self.frontier = Frontier()
        self.origin: str | None = None
        self.emptied: set[int] = set()
        self._due: dict[int, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            self._due.setdefault(checkpoint.size, []).append(checkpoint)
        self._seq, self._leaf, self._at = 0, NO_LEAF, ""
        self._sealed = 0  # the size of the last checkpoint whose root held
        self._broken_at = 0
        self._guards = ""
        self._announced: set[int] = set()

    def found(self, seq: int | None, kind: str, reason: str) -> None:
        """Take note of a problem; beyond the first dozens more would say nothing new."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(seq, kind, reason))

    def take(self, row: Row[Any]) -> None:
        """The next entry and its payload."""
        leaf, written, seq = row[0], row[1], row[_FIRST_COLUMN]
        body = written.encode() if isinstance(written, str) else bytes(written)
        digest = sha256(LEAF_PREFIX + body).digest()
        if digest.hex() != leaf:
            self.found(seq, "body", f"第 {seq} 条的内容与其哈希不符，内容被改动。")
        try:
            self._examine(seq, body, row)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.found(seq, "body", f"第 {seq} 条的内容无法解读。")
        self._seq, self._leaf = seq, leaf
        self.frontier.add(digest)
        if self.frontier.size in self._due:
            self._compare(self.frontier.size)

    def _examine(self, seq: int, body: bytes, row: Row[Any]) -> None:
        told = orjson.loads(body)
        if seq != self._seq + 1:
            self.found(self._seq + 1, "gap", f"缺第 {self._seq + 1} 条至第 {seq - 1} 条。")
        elif told["prev"] != self._leaf:
            self._break_at(seq)
        if told["at"] < self._at:
            self.found(seq, "time", f"第 {seq} 条的时间早于前一条。")
        self._at = told["at"]
        if tuple(searchable(told).values()) != row[_FIRST_COLUMN:]:
            self.found(seq, "columns", f"第 {seq} 条的检索栏与内容不一致，检索栏被改动或条目被调换。")
        if canonical(told) != body:
            self.found(seq, "canonical", f"第 {seq} 条不是规范写法。")
        if "payload_sha256" in told or row[2] is not None:
            self._check_payload(seq, told.get("payload_sha256"), *row[2:_FIRST_COLUMN])
        if seq == 1 or told["event"] in _LEARNED_FROM:
            self._learn(seq, told)

    def _break_at(self, seq: int) -> None:
        """Entry `seq` does not continue the one before: either was changed. The entry that follows decides which.

        Where the entry after `seq` continues it, the one before was changed; where that link is broken too, `seq` was.
        """
        before = max(seq - 1, 1)
        was = Problem(before - 1, "chain", _BROKEN.format(seq=before, before=before - 1))
        if was in self.problems:
            self.problems[self.problems.index(was)] = replace(was, seq=before)
        elif self._broken_at != before:
            self.found(before, "chain", _BROKEN.format(seq=seq, before=before))
        self._broken_at = seq

    def _check_payload(
        self, seq: int, expected: str | None, there: int | None, salt: str | None, content: str | None
    ) -> None:
        if expected is None:
            self.found(seq, "payload", f"第 {seq} 条本无附注，现在却有。")
        elif there is None:
            self.found(seq, "payload", f"第 {seq} 条的附注不见了，也没有清除记录。")
        elif content is None or salt is None:
            self.emptied.add(seq)
        elif payload_hash(salt, content.encode()) != expected:
            self.found(seq, "payload", f"第 {seq} 条的附注与其哈希不符，附注被改动。")

    def _learn(self, seq: int, told: dict[str, Any]) -> None:
        """What later checks need from this entry."""
        if seq == 1:
            self.origin = told.get("subject", {}).get("id")
        elif told["event"] == _SCHEMA_UPGRADED:
            self._guards = told["subject"]["id"]
        else:
            self._announced.add(int(told["subject"]["id"]))

    def _compare(self, size: int) -> None:
        """Hold the tree over the first `size` entries against the checkpoints that signed it."""
        first = self._sealed + 1
        is_explained = any(problem.seq is not None and first <= problem.seq <= size for problem in self.problems)
        for checkpoint in self._due.pop(size):
            if checkpoint.root != self.frontier.root():
                if is_explained:
                    continue  # what was named already is why
                reason = f"第 {first} 条至第 {size} 条之间有改动：与第 {size} 条处签名的检查点不符。"
                self.found(first, "checkpoint", reason)
            elif checkpoint.guards != self._guards:
                self.found(
                    size, "guards", f"第 {size} 条处签检查点时，数据库的防护与安装时不同，触发器曾被卸下或改动。"
                )
            else:
                self._sealed = size

    def finish(self, guards: str) -> None:
        """What can be said only at the end."""
        for size in sorted(self._due):
            last = self.frontier.size
            self.found(last + 1, "tail", f"检查点签到第 {size} 条，记录却只到第 {last} 条：尾部被截去。")
        for seq in sorted(self.emptied - self._announced):
            self.found(seq, "erasure", f"第 {seq} 条的附注被清除，却没有清除记录。")
        if guards != self._guards:
            self.found(None, "guards", "数据库现在的防护与安装时不同，触发器被卸下或改动。")


def _check_keys(reading: _Reading, forged: Sequence[Checkpoint], public_key: str | None) -> None:
    if public_key is not None and origin_of_key(public_key) != reading.origin:
        reading.found(1, "key", "第 1 条所记的密钥不是已知的密钥：密钥被更换，或这是另一个数据目录的记录。")
    for checkpoint in forged:
        where = f"第 {checkpoint.size} 条处的检查点"
        reading.found(checkpoint.size, "signature", f"{where}签名无效，检查点被改动或伪造，不能用来比对。")


def _check_folder(reading: _Reading, checkpoints: Sequence[Checkpoint]) -> None:
    """The home's checkpoints name each other in turn, so that one taken away from among them is missed."""
    previous, size = FIRST, 0
    for checkpoint in checkpoints:
        if checkpoint.previous != previous or checkpoint.size <= size:
            reading.found(
                checkpoint.size, "checkpoint", f"第 {checkpoint.size} 条处的检查点接不上前一个，有检查点被删改。"
            )
        previous, size = checkpoint.sha256, checkpoint.size


def _check_documents(session: Session, store: Store, reading: _Reading) -> int:
    """How many documents there are; those that are gone or changed are problems of the first entry that names them."""
    documents = session.exec(select(Document)).all()
    for document in documents:
        kind = _harm(store, document.sha256)
        if kind is None:
            continue
        seq = session.connection().execute(_NAMING, {"pattern": f"%{document.sha256}%"}).scalar_one_or_none()
        reading.found(seq, "document", f"文件 {document.sha256} {kind}。")
    return len(documents)


def _harm(store: Store, digest: str) -> str | None:
    try:
        store.read(digest)
    except NotFound:
        return "不见了"
    except ReviewFlowsError:
        return "被改动"
    return None


_NAMING = text("SELECT min(seq) FROM audit_entries WHERE body LIKE :pattern")
