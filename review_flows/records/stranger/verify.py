#!/usr/bin/env python3
"""独立校验程序：只用 Python 标准库（3.8 以上），不需要法审系统。

用法：python3 verify.py [导出包的 data 文件夹] [--key 另存的公钥文件]

逐条校验：编号、哈希、链条、时间、附注、每个检查点的根和签名；一个事项的导出包，则校验每条记录确在检查点所签的全部记录之中。
格式见同一文件夹的 格式说明.md。退出码：0 全部相符；1 有不符之处。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

Point = Tuple[int, int, int, int]

# ---- Ed25519 (RFC 8032, section 5.1), written for clarity: some milliseconds a signature ----

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y: int, sign: int) -> Optional[int]:
    """The x of the point with this y; None where there is none."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decode_point(data: bytes) -> Optional[Point]:
    """The point in extended coordinates; None for what is no point."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(one: Point, two: Point) -> Point:
    """The sum of two points."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar: int, point: Point) -> Point:
    """The point added to itself `scalar` times."""
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0) or 0
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the 64 bytes are an Ed25519 signature of the message under the 32-byte key."""
    key, commitment = decode_point(public), decode_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(scalar, BASE), add(commitment, times(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- the tree of RFC 9162 ----


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The roots of the full subtrees over the leaves taken so far, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.roots: List[bytes] = []

    def add(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = node(self.roots.pop(), leaf)
            size >>= 1
        self.roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.roots:
            return hashlib.sha256(b"").digest()
        found = self.roots[-1]
        for larger in reversed(self.roots[:-1]):
            found = node(larger, found)
        return found


def is_included(leaf: bytes, index: int, size: int, proof: List[bytes], root: bytes) -> bool:
    """Whether the proof leads from leaf number `index` (from 0) to the root over `size` leaves (RFC 9162, 2.1.3.2)."""
    position, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node(sibling, found)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            found = node(found, sibling)
        position, last = position >> 1, last >> 1
    return 0 <= index < size and last == 0 and found == root


# ---- the export ----


class Checkpoint(NamedTuple):
    """What a checkpoint says; `note` is its whole text."""

    size: int
    root: bytes
    guards: str
    previous: str
    note: str


def read_checkpoints(folder: Path) -> List[Checkpoint]:
    """The checkpoints, oldest first."""
    found = []
    for path in sorted(folder.glob("*.txt")):
        note = path.read_bytes().decode()
        lines = note.split("\n")
        said = dict(line.split(" ", 1) for line in lines[3:6])
        found.append(Checkpoint(int(lines[1]), base64.b64decode(lines[2]), said["guards"], said["previous"], note))
    return found


def is_signed(note: str, public_key: str) -> bool:
    """Whether the note bears a signature under this key."""
    name, _, encoded = public_key.split("+", 2)
    public = base64.b64decode(encoded)[1:]
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    body, _, signatures = note.partition("\n\n")
    for line in signatures.splitlines():
        _, signer, signature = line.split(" ")
        data = base64.b64decode(signature)
        if signer == name and data[:4] == key_id:
            return is_signature(public, (body + "\n").encode(), data[4:])
    return False


def read_lines(path: Path) -> List[bytes]:
    """The lines of a file without their ends; none where there is no such file."""
    return path.read_bytes().splitlines() if path.exists() else []


class Check:
    """One run over an export; `problems` are sentences on what does not hold."""

    def __init__(self, folder: Path, public_key: str) -> None:
        self.problems: List[str] = []
        self.entries = 0
        self.checkpoints = read_checkpoints(folder / "checkpoints")
        self._folder, self._public_key = folder, public_key
        read = [json.loads(line) for line in read_lines(folder / "payloads.jsonl")]
        self._payloads: Dict[int, Dict[str, Any]] = {payload["seq"]: payload for payload in read}
        self._guards = ""
        self._erased: Set[int] = set()
        self._announced: Set[int] = set()

    def run(self) -> None:
        """Check everything there is."""
        proofs = {p["seq"]: p["proof"] for p in map(json.loads, read_lines(self._folder / "proofs.jsonl"))}
        self._check_checkpoints()
        if proofs:
            self._check_case(proofs)
        else:
            self._check_all()

    def _say(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.problems.append(sentence)

    def _check_checkpoints(self) -> None:
        previous = None
        for checkpoint in self.checkpoints:
            where = f"第 {checkpoint.size} 条处的检查点"
            self._say(is_signed(checkpoint.note, self._public_key), f"{where}签名无效。")
            self._say(previous in (None, checkpoint.previous), f"{where}接不上前一个，有检查点被删改。")
            previous = hashlib.sha256(checkpoint.note.encode()).hexdigest()

    def _check_case(self, proofs: Dict[int, List[str]]) -> None:
        """Entries of one case: each is shown to be among those that the checkpoint signed."""
        checkpoint = self.checkpoints[-1]
        for body in read_lines(self._folder / "entries.jsonl"):
            self.entries += 1
            told = self._read(body)
            seq = told["seq"]
            proof = [bytes.fromhex(part) for part in proofs.get(seq, [])]
            leaf = hashlib.sha256(b"\x00" + body).digest()
            holds = is_included(leaf, seq - 1, checkpoint.size, proof, checkpoint.root)
            self._say(holds, f"第 {seq} 条不在检查点所签的记录之中，内容被改动或是伪造。")

    def _check_all(self) -> None:
        """All entries: numbering, chain, order of time, tree."""
        due = {checkpoint.size: checkpoint for checkpoint in self.checkpoints}
        tree, prev, at = Tree(), "0" * 64, ""
        for body in read_lines(self._folder / "entries.jsonl"):
            self.entries += 1
            seq, told = self.entries, self._read(body)
            self._say(told["seq"] == seq, f"第 {seq} 行的编号是 {told['seq']}：有缺漏或调换。")
            self._say(told["prev"] == prev, f"第 {seq} 条所记的前一条哈希与第 {seq - 1} 条不符，链条在此断开。")
            self._say(told["at"] >= at, f"第 {seq} 条的时间早于前一条。")
            self._say(seq > 1 or told["subject"]["id"] == self._origin(), "第 1 条所记的密钥不是这个公钥。")
            leaf = hashlib.sha256(b"\x00" + body).digest()
            tree.add(leaf)
            prev, at = leaf.hex(), told["at"]
            if seq in due:
                checkpoint = due.pop(seq)
                self._say(checkpoint.root == tree.root(), f"第 {seq} 条处的检查点与记录不符：此前有改动。")
                self._say(checkpoint.guards == self._guards, f"第 {seq} 条处签检查点时，数据库的防护与安装时不同。")
        for size in sorted(due):
            self.problems.append(f"检查点签到第 {size} 条，记录却只到第 {self.entries} 条：尾部被截去。")
        for seq in sorted(self._erased - self._announced):
            self.problems.append(f"第 {seq} 条的附注被清除，却没有清除记录。")

    def _origin(self) -> str:
        public = base64.b64decode(self._public_key.split("+", 2)[2])[1:]
        return "review-flows/" + hashlib.sha256(public).hexdigest()[:32]

    def _read(self, body: bytes) -> Dict[str, Any]:
        """What an entry tells; its writing and its payload are checked on the way."""
        told: Dict[str, Any] = json.loads(body)
        seq = told["seq"]
        written = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        self._say(written == body, f"第 {seq} 条不是规范写法。")
        self._check_payload(seq, told.get("payload_sha256"), self._payloads.get(seq))
        if told["event"] == "schema.upgraded":
            self._guards = told["subject"]["id"]
        if told["event"] == "payload.erased":
            self._announced.add(int(told["subject"]["id"]))
        return told

    def _check_payload(self, seq: int, expected: Optional[str], payload: Optional[Dict[str, Any]]) -> None:
        if expected is None or payload is None:
            self._say(expected is None and payload is None, f"第 {seq} 条的附注多出或不见了。")
        elif "content" not in payload:
            self._erased.add(seq)
        else:
            salted = bytes.fromhex(payload["salt"]) + payload["content"].encode()
            holds = hashlib.sha256(salted).hexdigest() == expected
            self._say(holds, f"第 {seq} 条的附注与其哈希不符，附注被改动。")


def main() -> None:
    """Check the export beside this file, or the one named."""
    arguments = argparse.ArgumentParser(description="校验导出的审计记录")
    arguments.add_argument("folder", nargs="?", default=Path(__file__).resolve().parent, type=Path)
    arguments.add_argument("--key", type=Path, help="另存于别处的公钥文件；不给则用包内的，不能发现密钥被更换")
    given = arguments.parse_args()
    public_key = (given.key or given.folder / "public-key.txt").read_text("ascii").strip()
    check = Check(given.folder, public_key)
    try:
        check.run()
    except (ValueError, KeyError, TypeError, IndexError) as error:
        check.problems.append(f"第 {check.entries} 条前后无法解读，内容被改动（{error}）。")
    for problem in check.problems:
        print(problem)
    if check.problems:
        sys.exit(1)
    seals = len(check.checkpoints)
    print(f"校验通过：{check.entries} 条记录，{seals} 个检查点。请与另存的检查点或文书上印的检查点比对。")


if __name__ == "__main__":
    main()
