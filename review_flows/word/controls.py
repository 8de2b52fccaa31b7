"""Content controls around whole paragraphs, which tracked changes cannot tell as added, struck or changed.

`w:sdt` stands either around blocks or, within a paragraph, around runs. Marks in the paragraph of a control around blocks
break LibreOffice, which glues the next paragraph to it; and a control that loses its only paragraph leaves an empty one
behind. Around the runs of that paragraph the same control is shown alike and does no harm.
"""

from lxml import etree

from review_flows.word import oxml


def control_inside(paragraph: etree._Element) -> bool:
    """Put the control that holds this paragraph alone around what the paragraph holds; whether there was such a control.

    A table of contents or other building block (`w:docPartObj`) stays as it is: Word renews those by their outer control.
    """
    holder = paragraph.getparent()
    control = holder.getparent() if holder is not None and holder.tag == oxml.SDT_CONTENT else None
    if holder is None or control is None or len(holder) != 1 or control.getparent() is None:
        return False
    properties = control.find(oxml.SDT_PR)
    if properties is not None and properties.find(oxml.DOC_PART) is not None:
        return False
    content = [child for child in paragraph if child.tag != oxml.PPR]
    control.addprevious(paragraph)
    control.getparent().remove(control)  # type: ignore[union-attr]
    if content:
        holder[:] = content
        paragraph.append(control)
    return True


def control_gone(blocks: list[etree._Element], holder: etree._Element) -> None:
    """Leave the blocks of a control around blocks, in its place, without it."""
    control = holder.getparent()
    if control is not None and control.getparent() is not None:
        for block in blocks:
            control.addprevious(block)
        control.getparent().remove(control)  # type: ignore[union-attr]
