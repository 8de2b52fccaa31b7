"""The Merkle tree of RFC 9162 over the entries: roots, and proofs that a stranger checks with a handful of hashes.

A root is made from leaves in order; `Frontier` makes it in O(log n) memory and can be carried on later, so that a
checkpoint costs what is new since the last one. Hashes are raw 32 bytes here; the database keeps leaves as hex.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

_NODE_PREFIX = b"\x01"
EMPTY_ROOT = sha256(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(_NODE_PREFIX + left + right).digest()


@dataclass
class Frontier:
    """The roots of the full subtrees that `size` leaves make, largest first: all that is needed to go on."""

    size: int = 0
    roots: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Take one more leaf."""
        size, roots = self.size, self.roots
        self.size += 1
        while size & 1:
            leaf = sha256(_NODE_PREFIX + roots.pop() + leaf).digest()
            size >>= 1
        roots.append(leaf)

    def root(self) -> bytes:
        """The root of the tree over all leaves taken."""
        if not self.roots:
            return EMPTY_ROOT
        found = self.roots[-1]
        for larger in reversed(self.roots[:-1]):
            found = node(larger, found)
        return found


class Tree:
    """The whole tree over some leaves, held in memory (32 bytes a node), for proofs."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = list(leaves)
        self.size = len(level)
        self._levels = [level]  # _levels[k][i] is the root over the 2^k leaves from i·2^k on
        while len(level) > 1:
            level = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
            self._levels.append(level)

    def root(self) -> bytes:
        """The root over all leaves."""
        return self._root(0, self.size) if self.size else EMPTY_ROOT

    def inclusion_proof(self, index: int) -> list[bytes]:
        """The hashes that lead from leaf `index` (from 0) to the root, lowest first."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        return self._inclusion(index, 0, self.size)

    def consistency_proof(self, older: int) -> list[bytes]:
        """The hashes that show that the tree of the first `older` leaves is the beginning of this one."""
        if not 0 < older <= self.size:
            raise IndexError(older)
        return self._consistency(older, 0, self.size, whole=True)

    def _root(self, start: int, end: int) -> bytes:
        """The root over the leaves from `start` to `end`; `start` is a multiple of the size of the left subtree."""
        size = end - start
        height = size.bit_length() - 1
        if size == 1 << height:
            return self._levels[height][start >> height]
        middle = start + _split(size)
        return node(self._root(start, middle), self._root(middle, end))

    def _inclusion(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._inclusion(index, start, middle), self._root(middle, end)]
        return [*self._inclusion(index, middle, end), self._root(start, middle)]

    def _consistency(self, older: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        """RFC 9162 2.1.4.1 over the leaves from `start` to `end`; `whole`: the older root is known to the reader."""
        if older == end - start:
            return [] if whole else [self._root(start, end)]
        size = _split(end - start)
        middle = start + size
        if older <= size:
            return [*self._consistency(older, start, middle, whole=whole), self._root(middle, end)]
        return [*self._consistency(older - size, middle, end, whole=False), self._root(start, middle)]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that `leaf` is number `index` (from 0) of the tree of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    position, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node(sibling, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node(found, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(older: int, size: int, older_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `older` leaves is the beginning of the tree of `size` leaves."""
    if older == size:
        return not proof and older_root == root
    if not 0 < older < size:
        return False
    path = list(proof)
    if older & (older - 1) == 0:
        path.insert(0, older_root)
    if not path:
        return False
    position, last = older - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node(sibling, before), node(sibling, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node(after, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and before == older_root and after == root
