"""Styles of two packages brought together: struck text must find the style that it was written in.

Word names a style twice: `w:styleId`, which paragraphs refer to and programs choose freely (WPS counts 1, 2, a, b), and
`w:name`, which says which style it is. Two styles are the same style when type and name are.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy

from lxml import etree

from review_flows.word import oxml
from review_flows.word.assembly import Assembly
from review_flows.word.sameness import fingerprint

_KIND = "styles"


class StyleMerge:
    """`names`: what the donor's style ids are called here; `differing`: names of styles defined differently."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self.names: dict[str, str] = {}
        self.differing: list[str] = []
        self._brought: list[etree._Element] = []
        donor = assembly.donor.related(assembly.donor.main, _KIND)
        base = assembly.related(_KIND)
        self._root: etree._Element | None = None
        if not donor or (base and assembly.donor.read(donor[0]) == assembly.base.read(base)):
            return
        if base is None:
            self._donate_all(donor[0])
            return
        self._base_part = base
        self._theirs = _by_id(assembly.donor.xml(donor[0]))
        self._root = assembly.base.xml(base)
        self._ours = _by_id(self._root)
        self._our_names = {_identity(style): id for id, style in self._ours.items()}

    def settle(self, trees: Iterable[etree._Element]) -> None:
        """Find or bring each style that these trees of the donor use, and call it in them as it is called here."""
        if self._root is None:
            return
        references = [e for tree in trees for e in tree.iter(*oxml.STYLE_REFERENCES)]
        for used in dict.fromkeys(e.get(oxml.VAL, "") for e in references):
            self._find(used)
        if any(old != new for old, new in self.names.items()):
            for reference in references:
                reference.set(oxml.VAL, self.names[reference.get(oxml.VAL, "")])

    def list_ids(self) -> list[etree._Element]:
        """The list references in the styles that were brought: they still name the donor's lists."""
        return [e for style in self._brought for e in style.iter(oxml.NUM_ID)]

    def _donate_all(self, part: str) -> None:
        relation = next(r for r in self._assembly.donor.relationships(self._assembly.donor.main) if r.kind == _KIND)
        self._assembly.relate(self._assembly.main, relation, self._assembly.donate(part))

    def _find(self, style_id: str) -> str:
        """The id here of the donor's style; one that the donor does not define stays as it is called."""
        if style_id in self.names:
            return self.names[style_id]
        self.names[style_id] = style_id
        theirs = self._theirs.get(style_id)
        if theirs is None:
            return style_id
        identity = _identity(theirs)
        same = style_id if _identity_of(self._ours, style_id) == identity else self._our_names.get(identity)
        if same is not None:
            self._compare(theirs, self._ours[same])
        self.names[style_id] = same or self._bring(style_id, theirs)
        return self.names[style_id]

    def _compare(self, theirs: etree._Element, ours: etree._Element) -> None:
        if fingerprint(theirs, None) != fingerprint(ours, None):
            self.differing.append(_identity(theirs)[1])

    def _bring(self, style_id: str, style: etree._Element) -> str:
        """A copy under its own id, or one with a number where this package uses the id for another style."""
        name, number = style_id, 1
        while name in self._ours:
            number += 1
            name = f"{style_id}-{number}"
        copy = deepcopy(style)
        copy.set(oxml.STYLE_ID, name)
        copy.attrib.pop(oxml.DEFAULT, "")
        self.names[style_id] = name
        for link in copy.iter(*oxml.STYLE_LINKS):
            link.set(oxml.VAL, self._find(link.get(oxml.VAL, "")))
        self._assembly.tree(self._base_part).append(copy)
        self._brought.append(copy)
        return name


def _by_id(root: etree._Element) -> Mapping[str, etree._Element]:
    return {style.get(oxml.STYLE_ID, ""): style for style in root.iter(oxml.STYLE)}


def _identity(style: etree._Element) -> tuple[str, str]:
    name = style.find(oxml.STYLE_NAME)
    return style.get(oxml.TYPE, "paragraph"), (name.get(oxml.VAL, "") if name is not None else "").lower()


def _identity_of(styles: Mapping[str, etree._Element], style_id: str) -> tuple[str, str] | None:
    style = styles.get(style_id)
    return None if style is None else _identity(style)
