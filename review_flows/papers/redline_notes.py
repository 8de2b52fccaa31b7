"""Footnotes and endnotes of a redline: one part for both texts, in which each reference finds its note.

A note is a story of its own in footnotes.xml or endnotes.xml, named by an id that the reference repeats. When Word
accepts or rejects a reference, the note comes or goes with it; what stands in it is marked as well, so that a reader
sees it.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from review_flows.word import oxml
from review_flows.word.sameness import View

if TYPE_CHECKING:
    from review_flows.papers.redline_story import Weaver

_KINDS = {oxml.FOOTNOTE_REFERENCE: "footnotes", oxml.ENDNOTE_REFERENCE: "endnotes"}


class Notes:
    """The notes of both texts."""

    def __init__(self, weaver: Weaver) -> None:
        self._weaver = weaver
        self._done: set[tuple[str, str]] = set()
        self._theirs: dict[str, View | None] = {}
        self._ours: dict[str, View | None] = {}

    def pair(self, kind: str, old_id: str, new_id: str) -> None:
        """Compare two notes whose references stayed."""
        theirs, ours = self._old(kind), self._new(kind)
        if theirs is None or ours is None or (kind, new_id) in self._done:
            return
        self._done.add((kind, new_id))
        old, new = _note(theirs, old_id), _note(ours, new_id)
        if old is not None and new is not None:
            self._weaver.story(deepcopy(old), new, theirs, ours)

    def add(self, reference: etree._Element) -> None:
        """Mark the note of an added reference as added."""
        kind, note_id = _KINDS[str(reference.tag)], reference.get(oxml.ID, "")
        ours = self._new(kind)
        note = _note(ours, note_id) if ours is not None else None
        if note is not None and (kind, note_id) not in self._done:
            self._done.add((kind, note_id))
            self._weaver.stamp.story(note, "ins")

    def bring(self, reference: etree._Element) -> None:
        """Bring the note of a struck reference, struck, under a new id that the reference gets, too."""
        kind = _KINDS[str(reference.tag)]
        theirs = self._old(kind)
        note = _note(theirs, reference.get(oxml.ID, "")) if theirs is not None else None
        if theirs is None or note is None:
            return
        ours = self._new(kind) or self._new_part(kind, theirs)
        copy = deepcopy(note)
        ids = [int(n.get(oxml.ID, "0")) for n in ours.root if n.get(oxml.ID, "").lstrip("-").isdigit()]
        copy.set(oxml.ID, str(max(ids, default=0) + 1))
        reference.set(oxml.ID, copy.get(oxml.ID, ""))
        ours.root.append(copy)
        self._weaver.adopt(copy, theirs, ours)
        self._weaver.stamp.story(copy, "del")

    def _old(self, kind: str) -> View | None:
        if kind not in self._theirs:
            donor = self._weaver.assembly.donor
            part = next(iter(donor.related(donor.main, kind)), None)
            self._theirs[kind] = View(donor, part, self._weaver.old_trees[part]) if part else None
        return self._theirs[kind]

    def _new(self, kind: str) -> View | None:
        if kind not in self._ours:
            assembly = self._weaver.assembly
            part = assembly.related(kind)
            self._ours[kind] = View(assembly.base, part, assembly.tree(part)) if part else None
        return self._ours[kind]

    def _new_part(self, kind: str, theirs: View) -> View:
        """A part for notes in a package that had none: the old one's with its separators only."""
        assembly = self._weaver.assembly
        relation = next(r for r in assembly.donor.relationships(assembly.donor.main) if r.target == theirs.part)
        part = assembly.donate(theirs.part)
        assembly.relate(assembly.main, relation, part)
        root = assembly.tree(part)
        for note in [n for n in root if n.get(oxml.TYPE) is None]:
            root.remove(note)
        view = View(assembly.base, part, root)
        self._ours[kind] = view
        return view


def _note(view: View, note_id: str) -> etree._Element | None:
    return next((note for note in view.root if note.get(oxml.ID) == note_id), None)
