"""Sections of a redline: page set-up, headers and footers.

A section's properties (`w:sectPr`) stand in the last paragraph of the section, those of the last one at the end of the
body. Word tracks a change of page set-up (`w:sectPrChange`), but not which header belongs to a section; so a header
that came or went stays referred to and holds text that is added or struck whole.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from review_flows.word import oxml
from review_flows.word.package import Relationship
from review_flows.word.sameness import View, look

if TYPE_CHECKING:
    from review_flows.papers.redline_story import Weaver

_REFERENCES = frozenset({oxml.HEADER_REFERENCE, oxml.FOOTER_REFERENCE})
_LABELS = {oxml.HEADER_REFERENCE: "页眉", oxml.FOOTER_REFERENCE: "页脚"}


class Sections:
    """Pairs the sections of both texts, and through them their headers and footers."""

    def __init__(self, weaver: Weaver) -> None:
        self._weaver = weaver
        self._assembly = weaver.assembly
        self._woven: dict[str, str] = {}  # part of the redline: the old part it was compared with ("": with nothing)
        self._old_relations = {r.id: r for r in self._assembly.donor.relationships(self._assembly.donor.main)}

    def pair(self, old: etree._Element, new: etree._Element) -> None:
        """Compare two sections that stay."""
        theirs, ours = _references(old), _references(new)
        for key in dict.fromkeys([*theirs, *ours]):
            self._pair_header(key[0], theirs.get(key), ours.get(key), new)
        if look(old, _REFERENCES) != look(new, _REFERENCES):
            self._weaver.stamp.changed(new, old, oxml.SECT_CHANGE)

    def finish(self, old_view: View, new_view: View) -> None:
        """Pair the sections that end with the texts. A body without `w:sectPr` is laid out as one with an empty one."""
        old, new = old_view.root.find(f"{oxml.BODY}/{oxml.SECT_PR}"), new_view.root.find(f"{oxml.BODY}/{oxml.SECT_PR}")
        if old is None and new is None:
            return
        if new is None:
            body = new_view.root.find(oxml.BODY)
            assert body is not None  # open_package refuses a main part without one
            new = etree.SubElement(body, oxml.SECT_PR)
        self.pair(old if old is not None else new.makeelement(oxml.SECT_PR), new)

    def _pair_header(
        self, tag: str, theirs: etree._Element | None, ours: etree._Element | None, section: etree._Element
    ) -> None:
        old = self._old_relations.get(_relation_id(theirs)) if theirs is not None else None
        new = self._new_relation(ours) if ours is not None else None
        if old is not None and old.target not in self._weaver.old_trees:
            old = None
        if old is not None and new is not None:
            self._weave(old.target, new.target, _LABELS[tag])
        elif new is not None:
            self._added(new.target)
        elif old is not None and theirs is not None:
            self._struck(old, theirs, section)

    def _weave(self, old_part: str, new_part: str, label: str) -> None:
        if new_part in self._woven:
            if self._woven[new_part] != old_part:
                self._weaver.note(label, "新稿几节共用的内容在原稿中各不相同，只与第一节比较")
            return
        self._woven[new_part] = old_part
        # A copy: several new headers may be compared with one old header, which gives its content away.
        old_view = View(self._assembly.donor, old_part, deepcopy(self._weaver.old_trees[old_part]))
        new_view = View(self._assembly.base, new_part, self._assembly.tree(new_part))
        self._weaver.story(old_view.root, new_view.root, old_view, new_view)

    def _added(self, part: str) -> None:
        if part not in self._woven:
            self._woven[part] = ""
            self._weaver.stamp.story(self._assembly.tree(part), "ins")

    def _struck(self, relation: Relationship, reference: etree._Element, section: etree._Element) -> None:
        """A header that the new text does not have: brought, struck, and referred to first in the section."""
        theirs = View(self._assembly.donor, relation.target, deepcopy(self._weaver.old_trees[relation.target]))
        part = self._assembly.add_tree(relation.target, theirs.root)
        self._weaver.adopt(theirs.root, theirs, View(self._assembly.base, part, theirs.root))
        self._weaver.stamp.story(theirs.root, "del")
        mine = section.makeelement(reference.tag, dict(oxml.items(reference)))
        mine.set(f"{oxml.RELATION_PREFIX}id", self._assembly.relate(self._assembly.main, relation, part))
        section.insert(0, mine)

    def _new_relation(self, reference: etree._Element) -> Relationship | None:
        rows = self._assembly.relations(self._assembly.main)
        found = next((r for r in rows if r.id == _relation_id(reference)), None)
        return found if found is not None and self._assembly.has(found.target) else None


def _references(section: etree._Element) -> dict[tuple[str, str], etree._Element]:
    """Header and footer references of a section by tag and kind (default, first, even)."""
    return {(str(e.tag), e.get(oxml.TYPE, "default")): e for e in section if e.tag in _REFERENCES}


def _relation_id(reference: etree._Element) -> str:
    return reference.get(f"{oxml.RELATION_PREFIX}id", "")
