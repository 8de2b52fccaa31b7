"""Content controls around whole paragraphs, which tracked changes cannot tell as added, struck or changed.

`w:sdt` stands either around blocks or, within a paragraph, around runs. Marks in the paragraph of a control around
blocks break LibreOffice, which glues the next paragraph to it; and a control that loses its only paragraph leaves an
empty one behind. Around the runs of that paragraph the same control is shown alike and does no harm.
"""

from lxml import etree

from review_flows.word import oxml


def control_inside(paragraph: etree._Element) -> bool:
    """Put the control that holds this paragraph alone around what the paragraph holds; whether there was such a
    control.

    A table of contents or other building block (`w:docPartObj`) stays as it is: Word renews those by their outer
    control.
    """
    holder = paragraph.getparent()
    control = holder.getparent() if holder is not None and holder.tag == oxml.SDT_CONTENT else None
    if holder is None or control is None or control.getparent() is None or blocks_in(holder) != [paragraph]:
        return False
    if paragraph.tag != oxml.P:
        return False
    properties = control.find(oxml.SDT_PR)
    if properties is not None and properties.find(oxml.DOC_PART) is not None:
        return False
    content = [child for child in paragraph if child.tag != oxml.PPR]
    content += [child for child in holder if child is not paragraph]
    control.addprevious(paragraph)
    control.getparent().remove(control)  # type: ignore[union-attr]
    if content:
        holder[:] = content
        paragraph.append(control)
    return True


def blocks_in(holder: etree._Element) -> list[etree._Element]:
    """The children of a control's content that are blocks, not mere markers."""
    return [child for child in holder if child.tag not in oxml.MARKERS]


def control_gone(blocks: list[etree._Element], holder: etree._Element) -> None:
    """Leave the blocks of a control around blocks, in its place, without it."""
    control = holder.getparent()
    if control is not None and control.getparent() is not None:
        for block in blocks:
            control.addprevious(block)
        control.getparent().remove(control)  # type: ignore[union-attr]


def cells_bare(table: etree._Element) -> bool:
    """Take rows and cells out of the controls around them, which no mark on a row reaches; whether there were any."""
    found = _bare(table)
    for row in table.findall(oxml.TR):
        found = _bare(row) or found
    return found


def _bare(parent: etree._Element) -> bool:
    """Put what controls around rows or cells hold in their place, those within controls, too."""
    found = False
    while True:
        wrapper = next((child for child in parent if child.tag in (oxml.SDT, oxml.CUSTOM_XML)), None)
        if wrapper is None:
            return found
        inner = wrapper.find(oxml.SDT_CONTENT) if wrapper.tag == oxml.SDT else wrapper
        content = [child for child in (inner if inner is not None else ()) if child.tag != oxml.CUSTOM_XML_PR]
        at = parent.index(wrapper)
        parent[at : at + 1] = content
        found = True
