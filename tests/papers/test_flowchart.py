"""Flow charts: one A4 page, nothing outside its box, every arrow where the data has it, text whole and legible."""

import io
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx import Document

from review_flows.law import catalogs
from review_flows.law.way import way
from review_flows.papers import flowchart
from review_flows.papers.flowchart import Box, Flowchart

DATA = catalogs.load(Path(__file__).parents[2] / "catalogs")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(kind: str) -> Flowchart:
    boxes = tuple(
        Box(step.step, step.label, (("办理", step.who), ("期限", step.periods), ("依据", step.basis)), step.after)
        for step in way(DATA, kind, date(2026, 11, 23))
    )
    return Flowchart(f"{kind} 流程图", boxes, ("由法律数据生成。",), made_on=date(2026, 11, 23))


CHARTS = {kind: drawn(kind) for kind in DATA.chains}


@pytest.mark.parametrize("kind", CHARTS)
def test_boxes_stay_on_the_page_and_apart(kind: str) -> None:
    over = flowchart.PAGE_WIDTH - 2 * flowchart.MARGIN
    placed, bottom = flowchart._place(CHARTS[kind], over)
    boxes = list(placed.values())
    assert {one.box.id for one in boxes} == set(DATA.chains[kind].steps)
    for one in boxes:
        assert one.x >= 0
        assert one.x + one.width <= over + 0.01
        assert one.y + one.height <= bottom + 0.01
        for other in boxes:
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert one is other or apart or one.y + one.height < other.y or other.y + other.height < one.y
    for one in boxes:
        assert all(placed[earlier].y + placed[earlier].height < one.y for earlier in one.box.after)


@pytest.mark.parametrize("kind", CHARTS)
def test_no_line_is_wider_than_its_box_and_no_word_is_lost(kind: str) -> None:
    placed, _ = flowchart._place(CHARTS[kind], flowchart.PAGE_WIDTH - 2 * flowchart.MARGIN)
    for one in placed.values():
        room = (one.width - 2 * flowchart.PADDING) / flowchart.TEXT_SIZE
        for line in one.lines:
            hanging = line.rstrip(flowchart.CLOSING)
            assert sum(map(flowchart._width, hanging)) <= room + 0.01, line
        written = "".join(line.removeprefix("　　　") for line in one.lines)
        assert written == "".join(f"{label}：{text}" for label, text in one.box.lines if text)


@pytest.mark.parametrize("kind", CHARTS)
def test_the_picture_is_one_legible_page_with_every_arrow(kind: str) -> None:
    picture = flowchart.svg(CHARTS[kind])
    root = ElementTree.fromstring(picture)
    assert (root.get("width"), root.get("height")) == ("210mm", "297mm")
    group = root.find(f"{SVG}g")
    assert group is not None
    scale = float(re.search(r"scale\(([\d.]+)\)", group.get("transform", ""))[1])  # type: ignore[index]
    assert flowchart.TEXT_SIZE * scale >= 2.3, "6.5 points and more"
    edges = sum(len(box.after) for box in CHARTS[kind].boxes)
    assert len([path for path in group.iter(f"{SVG}path") if path.get("fill") == "none"]) == edges
    texts = {text.text for text in group.iter(f"{SVG}text")}
    assert {box.head for box in CHARTS[kind].boxes} <= texts


def test_the_picture_is_the_same_for_the_same_data_and_escapes_what_it_writes() -> None:
    chart = Flowchart("<甲> & 乙", (Box("a", "丙 & <丁>", (("依据", "“戊” <己>"),)),))
    assert flowchart.svg(chart) == flowchart.svg(chart)
    assert ElementTree.fromstring(flowchart.svg(chart)).find(f"{SVG}title").text == "<甲> & 乙"  # type: ignore[union-attr]


def test_the_png_is_for_print_and_the_word_page_holds_picture_and_words() -> None:
    chart = CHARTS["government_contract"]
    picture = flowchart.svg(chart)
    image = flowchart.png(picture)
    assert image.startswith(b"\x89PNG")
    assert int.from_bytes(image[16:20], "big") == 210 * flowchart.PNG_DOTS_PER_MM
    document = Document(io.BytesIO(flowchart.docx(chart, picture)))
    section, shape = document.sections[0], document.inline_shapes[0]
    assert shape.width <= section.page_width - section.left_margin - section.right_margin
    assert shape.height <= section.page_height - section.top_margin - section.bottom_margin
    assert [row.cells[0].text for row in document.tables[0].rows][1:] == [box.head for box in chart.boxes]
    assert document.paragraphs[1].paragraph_format.page_break_before
