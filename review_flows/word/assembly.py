"""One package made of two: the new text's, into which the old one's parts, pictures, styles and lists are brought.

The redline is written into the new package, so that whatever is not compared stays as the new text has it. What
struck text needs to stand there is carried over under new names and ids: pictures with their relationships, note and
header parts, styles that the new package lacks, lists.
"""

import posixpath
import re
from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from review_flows.word import oxml
from review_flows.word.package import Package, Relationship, relationships_part, types_part, write_package

_SIGNATURES = "digital-signature"


class Assembly:
    """The parts of the package to be written. Trees taken by `tree` may be changed; they are written at the end."""

    def __init__(self, donor: Package, base: Package) -> None:
        self.donor, self.base, self.main = donor, base, base.main
        self._trees: dict[str, etree._Element] = {}
        self._added: dict[str, tuple[bytes, str]] = {}  # part: (bytes, content type)
        self._relations: dict[str, list[Relationship]] = {}
        self._donated: dict[str, str] = {}
        self._dropped: set[str] = set()
        self._next_picture = 0
        self._names = {name.lower() for name in base.part_names}
        self._drop_signatures()

    def tree(self, part: str) -> etree._Element:
        """The tree of a part, the same one every time."""
        if part not in self._trees:
            added = self._added.get(part)
            self._trees[part] = etree.fromstring(added[0]) if added else self.base.xml(part)
        return self._trees[part]

    def has(self, part: str) -> bool:
        return part in self._added or part in self.base

    def related(self, kind: str, part: str | None = None) -> str | None:
        """The part that `part` (the main one) refers to by this kind, if there is one."""
        targets = (r.target for r in self.relations(part or self.main) if r.kind == kind and not r.external)
        return next((t for t in targets if self.has(t)), None)

    def relations(self, part: str) -> list[Relationship]:
        if part not in self._relations:
            self._relations[part] = list(self.base.relationships(part)) if part in self.base or not part else []
        return self._relations[part]

    def relate(self, part: str, relation: Relationship, target: str) -> str:
        """The id under which `part` now refers to `target`, by the type of `relation`."""
        rows = self.relations(part)
        for row in rows:
            if (row.type, row.target, row.external) == (relation.type, target, relation.external):
                return row.id
        taken = {row.id for row in rows}
        number = len(rows) + 1
        while f"rId{number}" in taken:
            number += 1
        rows.append(Relationship(f"rId{number}", relation.kind, relation.type, target, relation.external))
        return f"rId{number}"

    def donate(self, part: str) -> str:
        """The name under which the donor's part, and all that it refers to, stands in this package."""
        if part in self._donated:
            return self._donated[part]
        data = self.donor.read(part)
        relations = [r for r in self.donor.relationships(part) if r.external or r.target in self.donor]
        if not relations and part in self.base and self.base.read(part) == data:
            self._donated[part] = part
            return part
        name = self.free_name(part)
        self._donated[part] = name
        self.add(name, data, self.donor.content_type(part))
        self._relations[name] = [
            Relationship(r.id, r.kind, r.type, r.target if r.external else self.donate(r.target), r.external)
            for r in relations
        ]
        return name

    def add(self, name: str, data: bytes, content_type: str) -> None:
        self._added[name] = (data, content_type)
        self._names.add(name.lower())

    def add_tree(self, donor_part: str, root: etree._Element) -> str:
        """A new part with this root, of the kind of the donor's part and named like it."""
        name = self.free_name(donor_part)
        self.add(name, b"", self.donor.content_type(donor_part))
        self._trees[name] = root
        return name

    def free_name(self, part: str) -> str:
        """This name, or, where a part has it, the next one: the number at its end counts on."""
        if part.lower() not in self._names:
            return part
        stem, extension = posixpath.splitext(part)
        stem = re.sub(r"\d+$", "", stem)
        number = 1
        while f"{stem}{number}{extension}".lower() in self._names:
            number += 1
        return f"{stem}{number}{extension}"

    def adopt(self, element: etree._Element, donor_part: str, part: str) -> etree._Element:
        """The donor's element, itself, made to live in `part`: relationship and picture ids, no ids of the session."""
        rows = {r.id: r for r in self.donor.relationships(donor_part)} if _has_relations(element) else {}
        for node in element.iter(etree.Element):
            for name, value in oxml.items(node):
                if oxml.is_session_id(name):
                    del node.attrib[name]
                elif name.startswith(oxml.RELATION_PREFIX) and value in rows:
                    node.set(name, self._moved(rows[value], part))
            if node.tag == oxml.DRAWING_PROPERTIES:
                node.set("id", str(self._picture_id()))
        return element

    def _moved(self, relation: Relationship, part: str) -> str:
        target = relation.target
        if not relation.external:
            target = self.donate(target) if target in self.donor else target
        return self.relate(part, relation, target)

    def _picture_id(self) -> int:
        if not self._next_picture:
            used = [int(e.get("id", "0")) for e in self._pictures() if e.get("id", "0").isdigit()]
            self._next_picture = max(used, default=0)
        self._next_picture += 1
        return self._next_picture

    def _pictures(self) -> Iterator[etree._Element]:
        for tree in self._trees.values():
            yield from tree.iter(oxml.DRAWING_PROPERTIES)

    def copy_of(self, element: etree._Element, donor_part: str, part: str) -> etree._Element:
        """A copy of the donor's element that lives in `part`."""
        return self.adopt(deepcopy(element), donor_part, part)

    # ---- writing

    def _drop_signatures(self) -> None:
        """A signature covers the bytes that were signed; on a redline it would only be shown as broken."""
        rows = self.relations("")
        for row in [r for r in rows if _SIGNATURES in r.type]:
            rows.remove(row)
            self._dropped.update(name for name in self.base.part_names if name.startswith("_xmlsignatures/"))

    def finish(self) -> bytes:
        """The package, as bytes."""
        parts: dict[str, bytes] = {}
        for name in self.base.part_names:
            if name not in self._dropped:
                parts[name] = self._trees_bytes(name) or self.base.read(name)
        for name, (data, _) in self._added.items():
            parts[name] = self._trees_bytes(name) or data
        for part, rows in self._relations.items():
            if rows != list(self.base.relationships(part)):
                folder, base = posixpath.split(part)
                parts[posixpath.join(folder, "_rels", f"{base}.rels")] = relationships_part(rows, part)
        kinds = {name: kind for name, (_, kind) in self._added.items()}
        parts["[Content_Types].xml"] = types_part(self.base, kinds, self._dropped)
        return write_package(parts)

    def _trees_bytes(self, name: str) -> bytes | None:
        tree = self._trees.get(name)
        if tree is None:
            return None
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _has_relations(element: etree._Element) -> bool:
    return any(name.startswith(oxml.RELATION_PREFIX) for e in element.iter(etree.Element) for name, _ in oxml.items(e))
