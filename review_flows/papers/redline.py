"""Two Word files → one with tracked changes: accepting all of them gives the new text, rejecting all the old one.

In: the bytes of two .docx. Out: the redline's bytes, where something had to be marked more coarsely than a reader would
wish (`fallbacks`), and how much was marked. Nothing that opens is refused.

The way: both packages are opened (`word/package`), revisions that they carry are accepted, lists and styles of the
old one are given the names they have in the new one. Then story by story (body, headers, footers, notes, text boxes)
the blocks are paired by their text (`text/diff`), each changed pair is compared as a stream of characters and things,
and the marks are written into the new package's own XML, so that whatever did not change stays as it was saved.
Struck text comes from the old package with the pictures, notes and styles that it needs (`word/assembly`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from review_flows.papers.redline_sections import Sections
from review_flows.papers.redline_story import Weaver
from review_flows.word import oxml
from review_flows.word.accepted import accept_all
from review_flows.word.assembly import Assembly
from review_flows.word.lists import settle_lists
from review_flows.word.package import Package, open_package
from review_flows.word.revisions import Stamp
from review_flows.word.sameness import View
from review_flows.word.styles import StyleMerge

_STORY_KINDS = ("header", "footer", "footnotes", "endnotes")


@dataclass(frozen=True)
class Fallback:
    """Something that tracked changes cannot say as finely as one would wish: where, and what was done instead."""

    where: str
    reason: str


@dataclass(frozen=True)
class Stats:
    """How many places are marked, by kind: insertions, deletions, moved paragraphs, changed formatting."""

    inserted: int
    deleted: int
    moved: int
    formatted: int


@dataclass(frozen=True)
class Redline:
    """A file with tracked changes and what is to be known about it."""

    docx: bytes
    fallbacks: tuple[Fallback, ...]
    stats: Stats


def redline(
    old: bytes,
    new: bytes,
    *,
    author: str,
    at: datetime,
    old_name: str = "原稿.docx",
    new_name: str = "新稿.docx",
    moves: bool = True,
) -> Redline:
    """The redline of two .docx files; DraftError where one of them cannot be opened.

    `author` and `at` are written into every mark. With `moves` false a moved paragraph is struck here and added there.
    """
    return compare_packages(open_package(old, old_name), open_package(new, new_name), Stamp(author, at), moves=moves)


def compare_packages(old: Package, new: Package, stamp: Stamp, *, moves: bool = True) -> Redline:
    """The redline of two opened packages."""
    notes: list[Fallback] = []
    assembly = Assembly(old, new)
    old_trees = {part: old.xml(part) for part in _stories(old)}
    _accept(old_trees.values(), "原稿", notes)
    _accept((assembly.tree(part) for part in _stories(new)), "新稿", notes)
    notes += _settle_definitions(assembly, list(old_trees.values())) + _comments_left(old, new)
    weaver = Weaver(
        assembly, stamp, old_trees, lambda where, reason: notes.append(Fallback(where, reason)), moves=moves
    )
    sections = Sections(weaver)
    weaver.pair_sections = sections.pair
    body = assembly.tree(assembly.main)
    old_view = View(old, old.main, old_trees[old.main])
    new_view = View(new, new.main, body)
    weaver.story(_body(old_view.root), _body(body), old_view, new_view)
    sections.finish(old_view, new_view)
    _switch_tracking_on(assembly)
    stats = Stats(stamp.inserted, stamp.deleted, stamp.moved, stamp.formatted)
    return Redline(assembly.finish(), tuple(dict.fromkeys(notes)), stats)


def _body(root: etree._Element) -> etree._Element:
    body = root.find(oxml.BODY)
    assert body is not None  # open_package refuses a main part without one
    return body


def _stories(package: Package) -> list[str]:
    """The parts that hold text: the main one, headers, footers, notes."""
    return [package.main, *(part for kind in _STORY_KINDS for part in package.related(package.main, kind))]


def _accept(trees: Iterable[etree._Element], which: str, notes: list[Fallback]) -> None:
    revised = [accept_all(tree) for tree in trees]
    if any(revised):
        notes.append(Fallback(which, "文件本身带有修订标记，已按“接受全部修订”后的文本比较"))


def _settle_definitions(assembly: Assembly, trees: list[etree._Element]) -> list[Fallback]:
    """Styles and lists of the old text under the names they have in the new package; what differs is told."""
    styles = StyleMerge(assembly)
    styles.settle(trees)
    settle_lists(assembly, [e for tree in trees for e in tree.iter(oxml.NUM_ID)] + styles.list_ids())
    if not styles.differing:
        return []
    names = "、".join(styles.differing[:5]) + ("等" if len(styles.differing) > 5 else "")
    return [Fallback("样式", f"{len(styles.differing)} 个样式（{names}）两稿定义不同，修订标记无法表示，按新稿显示")]


def _comments_left(old: Package, new: Package) -> list[Fallback]:
    """Comments belong to the file that they were written in; those of the old one have no place in the redline."""
    theirs = [old.read(part) for part in old.related(old.main, "comments")]
    ours = [new.read(part) for part in new.related(new.main, "comments")]
    return [] if theirs in ([], ours) else [Fallback("批注", "原稿的批注未带入，新稿的批注保留")]


def _switch_tracking_on(assembly: Assembly) -> None:
    """Further edits shall be tracked; a template that the file points to outside itself shall not be fetched."""
    settings = assembly.related("settings")
    if settings is None:
        return
    tree = assembly.tree(settings)
    oxml.turn_tracking_on(tree)
    external = {r.id for r in assembly.relations(settings) if r.kind == "attachedTemplate" and r.external}
    for reference in tree.findall(oxml.ATTACHED_TEMPLATE):
        if reference.get(f"{oxml.RELATION_PREFIX}id") in external:
            tree.remove(reference)
    rows = assembly.relations(settings)
    rows[:] = [r for r in rows if r.id not in external]
