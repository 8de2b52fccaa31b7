"""When two pieces of Word XML are the same to a reader.

Two saves of one text differ in revision-session ids, in the ids of pictures and bookmarks, in relationship ids, in how
often the spelling checker broke a run. None of that is a change.
"""

import hashlib
from collections.abc import Iterable, Mapping

from lxml import etree

from review_flows.word import oxml
from review_flows.word.package import Package, Relationship

# Attributes that number a thing without saying anything about it, by local tag name.
_NUMBERS: Mapping[str, frozenset[str]] = {
    "docPr": frozenset({"id", "name"}),
    "cNvPr": frozenset({"id", "name"}),
    "shape": frozenset({"id", "spid", "gfxdata"}),
    "rect": frozenset({"id", "spid", "gfxdata"}),
    "group": frozenset({"id", "spid"}),
    "shapetype": frozenset({"id", "spid"}),
    "imagedata": frozenset({"title"}),
    "OLEObject": frozenset({"ShapeID", "ObjectID"}),
    "bookmarkStart": frozenset({"id"}),
    "bookmarkEnd": frozenset({"id"}),
    "footnoteReference": frozenset({"id"}),
    "endnoteReference": frozenset({"id"}),
    "fldChar": frozenset({"dirty"}),
}


class View:
    """One part of one package: the tree that is compared, and what its relationship ids stand for."""

    def __init__(self, package: Package, part: str, root: etree._Element) -> None:
        self.package, self.part, self.root = package, part, root
        self.relations: dict[str, Relationship] = {r.id: r for r in package.relationships(part)}

    def target(self, relation_id: str) -> str:
        """What a relationship id stands for: an address, or a hash of the part named and of all that this needs."""
        relation = self.relations.get(relation_id)
        if relation is None:
            return "nothing"
        return relation.target if relation.external else content_hash(self.package, relation.target)


def content_hash(package: Package, part: str, above: tuple[str, ...] = ()) -> str:
    """A hash of a part and, one after the other, of the parts that it refers to; "nothing" when it is absent."""
    if part not in package or part in above:
        return "nothing"
    digest = hashlib.sha256(package.read(part))
    for relation in package.relationships(part):
        what = relation.target if relation.external else content_hash(package, relation.target, (*above, part))
        digest.update(f"{relation.id} {relation.kind} {what}\n".encode())
    return digest.hexdigest()


def fingerprint(element: etree._Element, view: View | None, *, boxes: bool = True) -> str:
    """A text that is equal for two elements exactly when a reader cannot tell them apart.

    With `boxes` false what stands in text boxes is left out: two boxes of one shape can then be compared inside.
    """
    out: list[str] = []
    _print(element, view, boxes, out)
    return "".join(out)


def _print(element: etree._Element, view: View | None, boxes: bool, out: list[str]) -> None:
    tag = element.tag
    if not isinstance(tag, str) or tag in oxml.INVISIBLE or (tag == oxml.ID and _in_sdt_properties(element)):
        return
    out.append(f"<{tag}")
    out.extend(_attributes(element, tag, view))
    text = element.text
    if text and (len(element) == 0 or text.strip()):
        out.append(f">{text}")
    if tag == oxml.FALLBACK or (tag == oxml.TEXT_BOX and not boxes):
        out.append("/>")
        return
    for child in _ordered(element, tag):
        _print(child, view, boxes, out)
    out.append("/>")


def _ordered(element: etree._Element, tag: str) -> Iterable[etree._Element]:
    return sorted(element, key=lambda child: str(child.tag)) if tag == oxml.RPR else element


def _in_sdt_properties(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == oxml.SDT_PR


def _attributes(element: etree._Element, tag: str, view: View | None) -> list[str]:
    items = oxml.items(element)
    if not items:
        return []
    skipped = _NUMBERS.get(tag.rpartition("}")[2], frozenset())
    shown = []
    for name, value in sorted(items):
        if name.rpartition("}")[2] in skipped or oxml.is_session_id(name.rpartition("}")[2]):
            continue
        if view is not None and name.startswith(oxml.RELATION_PREFIX):
            value = view.target(value)
        shown.append(f' {name}="{value}"')
    return shown


def look(properties: etree._Element | None, without: frozenset[str] = frozenset()) -> str:
    """The fingerprint of properties, in any order; of none at all the same as of empty ones."""
    if properties is None or len(properties) == 0:
        return ""
    out: list[str] = []
    for child in sorted(properties, key=lambda c: str(c.tag)):
        if child.tag not in oxml.REVISIONS and child.tag not in without:
            _print(child, None, True, out)
    return "".join(out)


def same_xml(old: etree._Element, new: etree._Element) -> bool:
    """Whether two trees are certainly the same: fast, and False when that is not plain to see.

    Anything that points elsewhere (relationships, notes) is not plain to see, since its target may differ.
    """
    for a, b in zip(old.iter(), new.iter(), strict=False):
        if a.tag != b.tag or a.text != b.text or len(a) != len(b):
            return False
        if a.tag in _POINTERS:
            return False
        items, others = a.items(), b.items()
        if items != others and _visible(items) != _visible(others):  # type: ignore[arg-type]
            return False
        if items and any(name.startswith(oxml.RELATION_PREFIX) for name, _ in items):  # type: ignore[arg-type]
            return False
    return True


_POINTERS = frozenset({oxml.FOOTNOTE_REFERENCE, oxml.ENDNOTE_REFERENCE})


def _visible(items: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in items if not oxml.is_session_id(name))
