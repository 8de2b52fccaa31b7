"""The measures of GB/T 9704—2012 (党政机关公文格式), each with the clause it comes from; our own choices say so.

The clauses are cited after published copies of the standard.
"""

import math
from dataclasses import replace

from review_flows.word.building import Font, Page, Style

# ---- paper and grid (5.1–5.2)

PAPER_WIDTH_MM, PAPER_HEIGHT_MM = 210.0, 297.0  # 5.1 A4
TOP_MM = 37.0  # 5.2.1 天头 (±1)
BINDING_MM = 28.0  # 5.2.1 订口 (±1)
TEXT_WIDTH_MM, TEXT_HEIGHT_MM = 156.0, 225.0  # 5.2.1 版心
LINES_PER_PAGE, CHARS_PER_LINE = 22, 28  # 5.2.3
POINTS_PER_MM = 72 / 25.4
# 5.2.3 derived, in whole twips (1/20 pt) rounded down, so that all lines and characters fit.
LINE_PT = math.floor(TEXT_HEIGHT_MM * POINTS_PER_MM / LINES_PER_PAGE * 20) / 20

# ---- fonts and sizes (5.2.2, 7.2–7.5)

FONT_TITLE = "方正小标宋简体"  # 7.3.1 小标宋体
FONT_BODY = "仿宋_GB2312"  # 5.2.2
FONT_LEVEL_1 = "黑体"  # 7.3.3
FONT_LEVEL_2 = "楷体_GB2312"  # 7.3.3
FONT_PAGE_NUMBER = "宋体"  # 7.5
SIZE_2 = 22.0  # 二号: title, 7.3.1
SIZE_3 = 16.0  # 三号: body, 5.2.2
SIZE_4 = 14.0  # 四号: imprint 7.4, page number 7.5
SIZE_SMALL_4 = 12.0  # 小四: tables; our choice, the standard is silent on tables
SIZE_5 = 10.5  # 五号: wide tables and small print; our choice
SIZE_MASTHEAD = 40.0  # 7.2.4 "醒目、美观、庄重"; our choice, below that of the upper organ
SIZE_MASTHEAD_MIN = 22.0
TIGHT = 1.15  # line pitch over size where a measure counts from the edge of the characters
CHAR_SPACE_PT = math.floor((TEXT_WIDTH_MM * POINTS_PER_MM / CHARS_PER_LINE - SIZE_3) * 20) / 20  # 5.2.3, as the lines
RED = "FF0000"  # 7.2.4, 7.2.7
GREY = "595959"

# ---- head of a document (7.2) and of a letter (10.1)

MASTHEAD_BELOW_TOP_MM = 35.0  # 7.2.4 above the masthead, from the upper edge of the text area
NUMBER_BELOW_MASTHEAD_LINES = 2  # 7.2.5
RED_LINE_BELOW_NUMBER_MM = 4.0  # 7.2.7
RED_LINE_PT = 1.5  # 7.2.7 gives no width; our choice
TITLE_BELOW_RED_LINE_LINES = 2  # 7.3.1
LETTER_MASTHEAD_FROM_EDGE_MM = 30.0  # 10.1 from the edge of the paper
LETTER_LINE_BELOW_MASTHEAD_MM = 4.0  # 10.1
LETTER_LINE_WIDTH_MM = 170.0  # 10.1
LETTER_SECOND_LINE_FROM_EDGE_MM = 20.0  # 10.1 from the lower edge of the paper
LETTER_NUMBER_BELOW_LINE_PT = SIZE_3 * 7 / 8  # 10.1 seven eighths of a character of size 3
LETTER_TITLE_BELOW_LINES = 2  # 10.1

# ---- body (7.3)

ADDRESSEE_BELOW_TITLE_LINES = 1  # 7.3.2
INDENT_CHARS = 2.0  # 7.3.3
ATTACHMENTS_BELOW_BODY_LINES = 1  # 7.3.4
DATE_FROM_RIGHT_SEALED_CHARS = 4.0  # 7.3.5.1
SIGNATURE_BELOW_BODY_SEALED_LINES = 2  # 7.3.5.1 the seal reaches up to within one line of the body
SIGNATURE_BELOW_BODY_LINES = 1  # 7.3.5.2
SIGNATURE_FROM_RIGHT_CHARS = 2.0  # 7.3.5.2
DATE_AFTER_NAME_CHARS = 2.0  # 7.3.5.2 the date begins two characters to the right of the name
NOTE_INDENT_CHARS = 2.0  # 7.3.6
TITLE_LINE_CHARS = 20  # 7.3.1: how many characters of size 2 fill 156 mm

# ---- imprint and page number (7.4, 7.5)

IMPRINT_OUTER_RULE_PT = 1.0  # 7.4.1 0.35 mm
IMPRINT_INNER_RULE_PT = 0.75  # 7.4.1 0.25 mm
IMPRINT_SIDE_CHARS = 1.0  # 7.4.2
IMPRINT_LINE_PT = 22.0  # our choice for size 4
PAGE_NUMBER_BELOW_TEXT_MM = 7.0  # 7.5 the rule beside the number below the lower edge of the text area
PAGE_NUMBER_SIDE_CHARS = 1.0  # 7.5
FOOTER_LINE_PT = 16.0
# Space under the number: its middle is 7 mm under the text, though the footer reaches down to the letter's second line.
BELOW_NUMBER_PT = (
    PAPER_HEIGHT_MM - TOP_MM - TEXT_HEIGHT_MM - PAGE_NUMBER_BELOW_TEXT_MM - LETTER_SECOND_LINE_FROM_EDGE_MM
) * POINTS_PER_MM - FOOTER_LINE_PT / 2
DEMO_FROM_EDGE_MM = 15.0

FONTS = (
    Font(FONT_TITLE, "小标宋体"),
    Font(FONT_BODY, "仿宋", "modern"),
    Font(FONT_LEVEL_1, "SimHei", "swiss"),
    Font(FONT_LEVEL_2, "楷体", "modern"),
    Font(FONT_PAGE_NUMBER, "SimSun"),
)
STYLES = (
    Style("Normal", "Normal", FONT_BODY, SIZE_3, spacing_pt=CHAR_SPACE_PT),
    Style("Title", "Title", FONT_TITLE, SIZE_2),
    Style("Heading1", "heading 1", FONT_LEVEL_1, SIZE_3, outline=0),
    Style("Heading2", "heading 2", FONT_LEVEL_2, SIZE_3, outline=1),
    Style("Heading3", "heading 3", FONT_BODY, SIZE_3, outline=2),
    Style("Heading4", "heading 4", FONT_BODY, SIZE_3, outline=3),
)
LEVEL_FONTS = {1: FONT_LEVEL_1, 2: FONT_LEVEL_2, 3: FONT_BODY, 4: FONT_BODY}  # 7.3.3


def page(landscape: bool = False) -> Page:
    """A4 upright, or turned with the binding edge at the head (7.6)."""
    bottom = PAPER_HEIGHT_MM - TOP_MM - TEXT_HEIGHT_MM
    right = PAPER_WIDTH_MM - BINDING_MM - TEXT_WIDTH_MM
    upright = Page(
        width_mm=PAPER_WIDTH_MM,
        height_mm=PAPER_HEIGHT_MM,
        top_mm=TOP_MM,
        bottom_mm=bottom,
        left_mm=BINDING_MM,
        right_mm=right,
        header_mm=DEMO_FROM_EDGE_MM,
        footer_mm=LETTER_SECOND_LINE_FROM_EDGE_MM,
        line_pt=LINE_PT,
    )
    if not landscape:
        return upright
    return replace(
        upright,
        width_mm=PAPER_HEIGHT_MM,
        height_mm=PAPER_WIDTH_MM,
        top_mm=BINDING_MM,
        bottom_mm=right,
        left_mm=bottom,
        right_mm=TOP_MM,
        footer_mm=right - (bottom - LETTER_SECOND_LINE_FROM_EDGE_MM),
        landscape=True,
    )
