"""The tree of RFC 9162: roots by its definition, proofs that hold, and none that hold for anything else."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_flows.records import tree

LEAVES = [sha256(bytes([0, number])).digest() for number in range(70)]
sizes = st.integers(1, len(LEAVES))


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162 2.1.1 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(len(LEAVES) + 1))
def test_the_root_is_that_of_the_definition(size: int) -> None:
    frontier = tree.Frontier()
    for leaf in LEAVES[:size]:
        frontier.add(leaf)
    assert frontier.root() == tree.Tree(LEAVES[:size]).root() == by_definition(LEAVES[:size])


@given(sizes, st.data())
def test_an_inclusion_proof_holds_for_its_leaf_and_for_no_other(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    leaves, root = LEAVES[:size], by_definition(LEAVES[:size])
    proof = tree.Tree(leaves).inclusion_proof(index)
    assert tree.is_included(leaves[index], index, size, proof, root)
    assert tree.is_included(leaves[other], index, size, proof, root) == (other == index)
    assert tree.is_included(leaves[index], other, size, proof, root) == (other == index)
    assert not tree.is_included(leaves[index], index, size, [*proof, root], root)
    assert not tree.is_included(leaves[index], size, size, proof, root)


@given(sizes, st.data())
def test_a_consistency_proof_holds_for_a_beginning_and_for_nothing_else(size: int, data: st.DataObject) -> None:
    older = data.draw(st.integers(1, size))
    leaves = LEAVES[:size]
    old_root, root = by_definition(leaves[:older]), by_definition(leaves)
    proof = tree.Tree(leaves).consistency_proof(older)
    assert tree.is_consistent(older, size, old_root, root, proof)
    forked = [sha256(b"another").digest(), *leaves[1:]]
    if older < size:
        assert not tree.is_consistent(older, size, by_definition(forked[:older]), root, proof)
        assert not tree.is_consistent(older, size, old_root, by_definition(forked), proof)
    assert not tree.is_consistent(older, size, old_root, root, [*proof, root])


def test_there_is_no_proof_for_what_is_not_there() -> None:
    with pytest.raises(IndexError):
        tree.Tree(LEAVES[:3]).inclusion_proof(3)
    with pytest.raises(IndexError):
        tree.Tree(LEAVES[:3]).consistency_proof(4)
