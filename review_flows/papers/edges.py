"""The edges of a paper: masthead, number, title, addressee before the body; signature, imprint, page number after it.

In: an `OfficialDocument`. Out: paragraphs with every measure of GB/T 9704—2012 in its place.
"""

import math
from dataclasses import replace

from review_flows.papers import measures as m
from review_flows.papers.lines import blank, full_date, grid_line, runs_of, small, title, width_in_chars
from review_flows.papers.paper import Form, Imprint, OfficialDocument, Signature
from review_flows.word.building import Align, Frame, Paragraph, Place, Rule, Run


def head(document: OfficialDocument) -> list[Paragraph]:
    """What precedes the body: masthead and number by form, title, addressee."""
    heads = {Form.DOCUMENT: _document_head, Form.LETTER: _letter_head, Form.PLAIN: _plain_head}
    addressee: list[Paragraph] = []
    if document.addressee:
        line = grid_line(runs_of(document.addressee.rstrip("：:") + document.labels.colon), "left")
        addressee = [*blank(m.ADDRESSEE_BELOW_TITLE_LINES), line]
    subtitle = [grid_line(runs_of(document.subtitle, m.FONT_LEVEL_2), "center")] if document.subtitle else []
    after = [] if document.addressee or document.form is Form.PLAIN and not document.blocks else blank()
    return [*heads[document.form](document), *title(document.title), *subtitle, *addressee, *after]


def _masthead_size(text: str, width_mm: float) -> float:
    """As large as the standard's taste allows, smaller where the name would not fit one line."""
    fitting = width_mm * m.POINTS_PER_MM / max(width_in_chars(text), 1)
    return max(m.SIZE_MASTHEAD_MIN, min(m.SIZE_MASTHEAD, float(int(fitting))))


def _document_head(document: OfficialDocument) -> list[Paragraph]:
    """Masthead, two lines, number (and signer), the red line 4 mm below it, two lines (7.2.4–7.2.7)."""
    size = _masthead_size(document.masthead, m.TEXT_WIDTH_MM)
    masthead = Paragraph(
        (Run(document.masthead, m.FONT_TITLE, size, colour=m.RED),),
        align="center",
        char_pt=size,
        line_pt=size * m.TIGHT,
        before_pt=m.MASTHEAD_BELOW_TOP_MM * m.POINTS_PER_MM,
    )
    red = Rule(width_pt=m.RED_LINE_PT, colour=m.RED, space_pt=0)
    line = Paragraph(char_pt=1, line_pt=1, before_pt=m.RED_LINE_BELOW_NUMBER_MM * m.POINTS_PER_MM, bottom_rule=red)
    number = replace(_number_line(document), line_pt=m.SIZE_3 * m.TIGHT)
    return [masthead, *blank(m.NUMBER_BELOW_MASTHEAD_LINES), number, line, *blank(m.TITLE_BELOW_RED_LINE_LINES)]


def _number_line(document: OfficialDocument) -> Paragraph:
    """The number centred; with a signer it stands left and the signer right, one character from the edges (7.2.6)."""
    if not document.signer:
        return grid_line(runs_of(document.document_number), "center")
    label, _, name = document.signer.partition("：")
    runs = (*runs_of(f"{document.document_number}\t{label}："), *runs_of(name, m.FONT_LEVEL_2))
    return grid_line(runs, "left", left_chars=1, right_tab_chars=m.CHARS_PER_LINE - 1)


def _letter_head(document: OfficialDocument) -> list[Paragraph]:
    """The masthead 30 mm below the paper's edge over a double red line of 170 mm, the number at the right (10.1).

    It reaches above the text area, therefore it is lifted out of it; the body begins where the frame ends.
    """
    size = _masthead_size(document.masthead, m.TEXT_WIDTH_MM)
    under = (m.TIGHT - 1) * size  # of the line, below its characters
    gap = round(m.LETTER_LINE_BELOW_MASTHEAD_MM * m.POINTS_PER_MM - under)
    rule = Rule("thickThinSmallGap", 3, m.RED, gap)
    masthead = Paragraph(
        (Run(document.masthead, m.FONT_TITLE, size, colour=m.RED),),
        align="center",
        char_pt=size,
        line_pt=size * m.TIGHT,
        bottom_rule=rule,
        frame=Frame(m.LETTER_LINE_WIDTH_MM, m.LETTER_MASTHEAD_FROM_EDGE_MM),
    )
    number = grid_line(runs_of(document.document_number), "right", before_pt=m.LETTER_NUMBER_BELOW_LINE_PT)
    number = replace(number, line_pt=m.SIZE_3 * m.TIGHT)
    return [masthead, number, *blank(m.LETTER_TITLE_BELOW_LINES)]


def _plain_head(document: OfficialDocument) -> list[Paragraph]:
    """A number, where there is one, at the right above the title."""
    return [grid_line(runs_of(document.document_number), "right")] if document.document_number else []


def end(document: OfficialDocument) -> list[Paragraph]:
    """What follows the body: the list of attachments, the signature, the note."""
    signature = _signature(document.signature) if document.signature else []
    note = []
    if document.note:
        note = [grid_line(runs_of(f"（{document.note}）"), "left", first_chars=m.NOTE_INDENT_CHARS)]
    lines = [*_attachment_list(document), *signature, *note]
    return [replace(each, keep_with_next=True) for each in lines[:-1]] + lines[-1:]


def foot(document: OfficialDocument) -> list[Paragraph]:
    """What ends the last page: the small print after all else, the imprint at the foot.

    The last paragraph, to whose page the imprint is tied, is as high as the imprint: a table in the text does not give
    way to what is lifted out of it, so that a full page must send both to the next.
    """
    imprint = _imprint(document.imprint, document.form)
    height = sum(line.line_pt * _lines_of(line) for line in imprint)
    anchor = [Paragraph(char_pt=1, line_pt=height)] if imprint else []
    return [*_small_print(document), *imprint, *anchor]


def _lines_of(line: Paragraph) -> int:
    """How many lines an imprint paragraph takes, by the width of its characters."""
    chars = sum(width_in_chars(run.text) for run in line.runs)
    room = m.TEXT_WIDTH_MM * m.POINTS_PER_MM / m.SIZE_4 - line.left_chars - line.right_chars
    return max(1, math.ceil(chars / room))


def _attachment_list(document: OfficialDocument) -> list[Paragraph]:
    """附件：1.× one line below the body, indented by two, no punctuation after the names (7.3.4)."""
    if not document.attachments:
        return []
    label = document.labels.attachments
    hanging = width_in_chars(label)
    several = len(document.attachments) > 1
    lines = []
    for at, name in enumerate(document.attachments, 1):
        number = f"{at}." if several else ""
        own = width_in_chars(number)
        first = m.INDENT_CHARS + hanging + own
        text = f"{label}{number}{name}" if at == 1 else f"{number}{name}"
        back = hanging + own if at == 1 else own
        lines.append(grid_line(runs_of(text), "left", left_chars=first, hanging_chars=back))
    return [*blank(m.ATTACHMENTS_BELOW_BODY_LINES), *lines]


def _signature(signature: Signature) -> list[Paragraph]:
    """Name and date at the right (7.3.5): with a seal the name is centred on the date, else the date follows it."""
    dated = full_date(signature.dated_on) if signature.dated_on else ""
    place = _sealed_places if signature.sealed else _plain_places
    names, date_right = place([width_in_chars(organ) for organ in signature.organs], width_in_chars(dated))
    above = m.SIGNATURE_BELOW_BODY_SEALED_LINES if signature.sealed else m.SIGNATURE_BELOW_BODY_LINES
    lines = [
        grid_line(runs_of(organ), "right", right_chars=right)
        for organ, right in zip(signature.organs, names, strict=True)
    ]
    return [*blank(above), *lines, grid_line(runs_of(dated), "right", right_chars=date_right)]


def _sealed_places(names: list[float], dated: float) -> tuple[list[float], float]:
    """Distances from the right edge in characters: the date four, more where a long name centred on it needs it."""
    widest = max(names, default=0)
    date_right = max(m.DATE_FROM_RIGHT_SEALED_CHARS, (widest - dated) / 2)
    centre = date_right + dated / 2
    return [centre - name / 2 for name in names], date_right


def _plain_places(names: list[float], dated: float) -> tuple[list[float], float]:
    """The name two characters from the edge, the date beginning two further right; a long date takes the two itself."""
    last = names[-1] if names else 0.0
    date_right = m.SIGNATURE_FROM_RIGHT_CHARS + last - m.DATE_AFTER_NAME_CHARS - dated
    if date_right >= 0 and names:
        return [m.SIGNATURE_FROM_RIGHT_CHARS for _ in names], date_right
    name_right = m.SIGNATURE_FROM_RIGHT_CHARS + dated + m.DATE_AFTER_NAME_CHARS - last
    return [name_right for _ in names], m.SIGNATURE_FROM_RIGHT_CHARS


def _small_print(document: OfficialDocument) -> list[Paragraph]:
    """What proves the paper, small, its lines kept together."""
    last = len(document.small_print) - 1
    return [
        replace(small(line, "left"), before_pt=0 if at else m.LINE_PT / 2, keep_with_next=at < last)
        for at, line in enumerate(document.small_print)
    ]


def _imprint(imprint: Imprint | None, form: Form) -> list[Paragraph]:
    """抄送 over 印发 between lines as wide as the text, at the foot of the last page (7.4).

    A letter has neither lines nor 印发 (10.1).
    """
    if imprint is None:
        return []
    lines = []
    if imprint.copies_to:
        lines.append(_copies(imprint))
    if form is Form.LETTER:
        return lines
    if imprint.printed_by:
        lines.append(_printed(imprint))
    return _ruled(lines)


def _imprint_line(text: str) -> Paragraph:
    runs = runs_of(text, m.FONT_BODY, m.SIZE_4)
    return Paragraph(runs, align="left", char_pt=m.SIZE_4, line_pt=m.IMPRINT_LINE_PT, frame=Frame(m.TEXT_WIDTH_MM))


def _copies(imprint: Imprint) -> Paragraph:
    """One character from both edges; further lines begin under the first name."""
    label = imprint.labels[0]
    hanging = width_in_chars(label)
    line = _imprint_line(f"{label}{'，'.join(imprint.copies_to)}。")
    side = m.IMPRINT_SIDE_CHARS
    return replace(line, left_chars=side + hanging, hanging_chars=hanging, right_chars=side)


def _printed(imprint: Imprint) -> Paragraph:
    """The printing organ one character from the left edge, the date of printing one from the right."""
    printed = f"{full_date(imprint.printed_on)}{imprint.labels[1]}" if imprint.printed_on else ""
    stop = m.TEXT_WIDTH_MM * m.POINTS_PER_MM / m.SIZE_4 - m.IMPRINT_SIDE_CHARS
    return replace(
        _imprint_line(f"{imprint.printed_by}\t{printed}"), left_chars=m.IMPRINT_SIDE_CHARS, right_tab_chars=stop
    )


def _ruled(lines: list[Paragraph]) -> list[Paragraph]:
    """The lines with a thick rule above and below all, a thin one between (7.4.1)."""
    if not lines:
        return []
    thick, thin = (
        Paragraph(char_pt=1, line_pt=width, shade="000000", frame=Frame(m.TEXT_WIDTH_MM))
        for width in (m.IMPRINT_OUTER_RULE_PT, m.IMPRINT_INNER_RULE_PT)
    )
    between = [part for line in lines[1:] for part in (thin, line)]
    return [thick, lines[0], *between, thick]


def headers(document: OfficialDocument) -> dict[Place, tuple[Paragraph, ...]]:
    """The mark of a demonstration on every page; else none."""
    if not document.demo_mark:
        return {}
    run = Run(document.demo_mark, m.FONT_LEVEL_1, m.SIZE_4, colour=m.RED)
    line = (Paragraph((run,), align="center", char_pt=m.SIZE_4),)
    return {"default": line, "even": line, **({"first": line} if document.form is Form.LETTER else {})}


def footers(document: OfficialDocument) -> dict[Place, tuple[Paragraph, ...]]:
    """— 1 — outside: odd pages right, even pages left (7.5); a letter's first page has its second line (10.1)."""
    places: dict[Place, tuple[Paragraph, ...]] = {"default": (_page_number("right"),), "even": (_page_number("left"),)}
    if document.form is Form.LETTER:
        places["first"] = (_second_line(),)
    return places


def _page_number(side: Align) -> Paragraph:
    look = Run("", m.FONT_PAGE_NUMBER, m.SIZE_4)
    runs = (replace(look, text="— "), replace(look, page_number=True), replace(look, text=" —"))
    made = Paragraph(runs, align=side, char_pt=m.SIZE_4, line_pt=m.FOOTER_LINE_PT, after_pt=m.BELOW_NUMBER_PT)
    if side == "right":
        return replace(made, right_chars=m.PAGE_NUMBER_SIDE_CHARS)
    return replace(made, left_chars=m.PAGE_NUMBER_SIDE_CHARS)


def _second_line() -> Paragraph:
    """The lower double line, centred on the paper and not on the text, whose margins differ."""
    rule = Rule("thinThickSmallGap", 3, m.RED, 0)
    side = (m.PAPER_WIDTH_MM - m.LETTER_LINE_WIDTH_MM) / 2
    beyond = (m.BINDING_MM - side, m.PAPER_WIDTH_MM - m.BINDING_MM - m.TEXT_WIDTH_MM - side)
    return Paragraph(char_pt=1, line_pt=1, bottom_rule=rule, beyond_mm=beyond)
