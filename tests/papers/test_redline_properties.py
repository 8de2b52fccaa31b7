"""Whatever two texts are compared: accepting gives the new one, rejecting the old one, and Word can open the result."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from review_flows.papers.redline import redline
from tests.papers.resolving import faults, resolved
from tests.word.building import cell, docx, p, r, row, table

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WORDS = (
    "第三条",
    "申请人",
    "应当",
    "可以",
    "三十日",
    "《立法法》",
    "，",
    "。",
    "区建设局",
    "100万元",
    " ",
    "A类",
    "\U00020bb7",
)

phrases = st.lists(st.sampled_from(WORDS), max_size=9).map("".join)
looks = st.sampled_from(["", "", "", "b", "i", '<w:sz w:val="32"/>'])
things = st.sampled_from(["<w:r><w:tab/></w:r>", '<w:r><w:br w:type="page"/></w:r>', '<w:fldSimple w:instr=" DATE "/>'])
runs = st.one_of(st.builds(r, phrases.filter(bool), looks), st.builds(r, phrases.filter(bool), looks), things)
shapes = st.sampled_from(["", "", '<w:jc w:val="center"/>', '<w:ind w:firstLine="640"/>', '<w:outlineLvl w:val="1"/>'])


@st.composite
def paragraphs(draw: st.DrawFn) -> str:
    content = draw(st.lists(runs, max_size=4))
    if content and draw(st.integers(0, 7)) == 0:
        content[0] = f'<w:hyperlink w:anchor="a{draw(st.integers(0, 1))}">{content[0]}</w:hyperlink>'
    return p(*content, look=draw(shapes))


@st.composite
def tables(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(st.lists(paragraphs(), min_size=1, max_size=2), min_size=columns, max_size=columns),
                         min_size=1, max_size=4))  # fmt: skip
    return table(*(row(*(cell(*content) for content in cells)) for cells in rows))


@st.composite
def controls(draw: st.DrawFn) -> str:
    inside = "".join(draw(st.lists(paragraphs(), min_size=1, max_size=2)))
    return f'<w:sdt><w:sdtPr><w:tag w:val="t"/></w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>'


blocks = st.one_of(paragraphs(), paragraphs(), paragraphs(), paragraphs(), tables(), controls())
texts = st.lists(blocks, max_size=7)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """A text and what became of it: blocks dropped, added, moved, replaced; or quite another text."""
    old = draw(texts)
    if draw(st.integers(0, 4)) == 0:
        return old, draw(texts)
    new = [block for block in old if draw(st.integers(0, 5))]
    for place in draw(st.lists(st.integers(0, 7), max_size=3)):
        new.insert(min(place, len(new)), draw(blocks))
    if len(new) > 2 and draw(st.booleans()):
        new.insert(draw(st.integers(0, len(new) - 1)), new.pop(draw(st.integers(0, len(new) - 1))))
    return old, [_edited(block, draw(st.sampled_from(["", "应当", "申请人"]))) for block in new]


def _edited(block: str, word: str) -> str:
    return block.replace(word, "必须", 1) if word else block


def whole(content: Sequence[str]) -> bytes:
    """A text as a file; it closes with a paragraph, as every Word text does."""
    closing = [] if content and content[-1].startswith("<w:p>") else [p()]
    return docx("".join([*content, *closing]))


@settings(max_examples=150, deadline=None)
@given(pairs())
def test_accepting_gives_the_new_text_and_rejecting_the_old_one(pair: tuple[list[str], list[str]]) -> None:
    old, new = whole(pair[0]), whole(pair[1])
    result = redline(old, new, author="法审", at=AT)
    assert resolved(result.docx, "accept") == resolved(new, "accept")
    assert resolved(result.docx, "reject") == resolved(old, "accept")
    assert faults(result.docx) == []


@settings(max_examples=40, deadline=None)
@given(texts)
def test_a_text_compared_with_itself_bears_no_mark(content: list[str]) -> None:
    stats = redline(whole(content), whole(content), author="法审", at=AT).stats
    assert (stats.inserted, stats.deleted, stats.moved, stats.formatted) == (0, 0, 0, 0)
