"""Numbered lists of two packages brought together: articles numbered by Word keep the list that they belong to.

A paragraph names a list (`w:numPr/w:numId`); `w:num` in numbering.xml names the list's shape (`w:abstractNum`) and may
override levels. The ids mean nothing across packages: a list of the donor is the same as one here when its shape,
with its overrides, is. One that has no like here is brought over under new ids.
"""

from collections.abc import Iterable
from copy import deepcopy

from lxml import etree

from review_flows.word import oxml
from review_flows.word.assembly import Assembly
from review_flows.word.sameness import fingerprint

_KIND = "numbering"
_NAMES = frozenset({oxml.w("nsid"), oxml.w("tmpl"), oxml.w("name")})
NO_LIST = "0"  # w:numId 0 takes a paragraph out of every list


def settle_lists(assembly: Assembly, references: Iterable[etree._Element]) -> None:
    """Make these `w:numId` elements of the donor name lists of the assembled package, bringing those it lacks."""
    donor = assembly.donor.related(assembly.donor.main, _KIND)
    if not donor:
        return
    base = assembly.related(_KIND)
    if base is None:
        relation = next(r for r in assembly.donor.relationships(assembly.donor.main) if r.kind == _KIND)
        assembly.relate(assembly.main, relation, assembly.donate(donor[0]))
        return
    if assembly.donor.read(donor[0]) == assembly.base.read(base):
        return
    merge = _ListMerge(assembly, base, assembly.donor.xml(donor[0]))
    for reference in references:
        reference.set(oxml.VAL, merge.find(reference.get(oxml.VAL, NO_LIST)))


class _ListMerge:
    def __init__(self, assembly: Assembly, base_part: str, theirs: etree._Element) -> None:
        self._assembly, self._base_part = assembly, base_part
        self._theirs = _Lists(theirs)
        self._ours = _Lists(assembly.base.xml(base_part))
        self._names: dict[str, str] = {NO_LIST: NO_LIST}

    def find(self, list_id: str) -> str:
        """The id here of the donor's list."""
        if list_id not in self._names:
            self._names[list_id] = self._like(list_id) or self._bring(list_id)
        return self._names[list_id]

    def _like(self, list_id: str) -> str | None:
        """A list here of the same shape that no other of the donor's stands for, its namesake first."""
        shape = self._theirs.shape(list_id)
        if shape is None:
            return list_id
        if self._ours.shape(list_id) == shape:
            return list_id
        taken = set(self._names.values())
        alike = (id for id in self._ours.nums if self._ours.shape(id) == shape)
        return next((id for id in alike if id not in taken and self._theirs.shape(id) != shape), None)

    def _bring(self, list_id: str) -> str:
        root = self._assembly.tree(self._base_part)
        num = deepcopy(self._theirs.nums[list_id])
        shape = deepcopy(self._theirs.abstracts[_abstract_id(num)])
        for child in [c for c in shape if c.tag in _NAMES]:
            shape.remove(child)  # Word takes lists of one nsid for one list
        for level in shape.iter(oxml.LEVEL):
            for picture in level.findall(oxml.LEVEL_PICTURE):
                level.remove(picture)
        abstract_id = _free(e.get(oxml.ABSTRACT_NUM_ID) for e in root.iter(oxml.ABSTRACT_NUM))
        name = _free(e.get(oxml.NUM_ID) for e in root.iter(oxml.NUM))
        shape.set(oxml.ABSTRACT_NUM_ID, abstract_id)
        num.set(oxml.NUM_ID, name)
        for reference in num.iter(oxml.ABSTRACT_NUM_ID):
            reference.set(oxml.VAL, abstract_id)
        shapes = root.findall(oxml.ABSTRACT_NUM)
        root.insert(root.index(shapes[-1]) + 1 if shapes else 0, shape)
        nums = root.findall(oxml.NUM)
        root.insert(root.index(nums[-1]) + 1 if nums else len(root), num)
        return name


class _Lists:
    def __init__(self, root: etree._Element) -> None:
        self.abstracts = {e.get(oxml.ABSTRACT_NUM_ID, ""): e for e in root.iter(oxml.ABSTRACT_NUM)}
        self.nums = {e.get(oxml.NUM_ID, ""): e for e in root.iter(oxml.NUM) if _abstract_id(e) in self.abstracts}
        self._shapes: dict[str, str] = {}

    def shape(self, list_id: str) -> str | None:
        """The fingerprint of a list: its levels and overrides, without names and ids; None for a list not defined."""
        num = self.nums.get(list_id)
        if num is None:
            return None
        if list_id not in self._shapes:
            abstract = self.abstracts[_abstract_id(num)]
            parts = [c for c in abstract if c.tag not in _NAMES] + [c for c in num if c.tag != oxml.ABSTRACT_NUM_ID]
            self._shapes[list_id] = "".join(fingerprint(part, None) for part in parts)
        return self._shapes[list_id]


def _abstract_id(num: etree._Element) -> str:
    reference = num.find(oxml.ABSTRACT_NUM_ID)
    return reference.get(oxml.VAL, "") if reference is not None else ""


def _free(used: Iterable[str | None]) -> str:
    return str(max((int(u) for u in used if u and u.lstrip("-").isdigit()), default=0) + 1)
