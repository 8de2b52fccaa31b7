"""A copy says what the reviewed text says, or the first place where it does not is named."""

import pytest

from review_flows.text.copies import Difference, difference
from review_flows.text.reading import read

MARKS = ("送审稿", "草案")
REVIEWED = "停车设施建设行动方案（送审稿）\n\n一、总体要求\n\n新增泊位三千个。\n\n二、组织实施\n\n由区建设局负责。\n"
ISSUED = REVIEWED.replace("（送审稿）", "")
FRAME = (
    "婺城区人民政府文件\n\n婺政发〔2026〕12号\n\n关于印发停车设施建设行动方案的通知\n\n各乡镇人民政府：\n\n"
    "现将方案印发给你们。\n\n婺城区人民政府\n\n2026年12月8日\n\n"
)
IMPRINT = "婺城区人民政府\n\n2026年12月8日\n\n（此件公开发布）\n"

CASES = [
    # what was published, in a frame, the first difference (reviewed, published)
    ("the text itself", ISSUED, True, None),
    ("the mark of the draft left on", REVIEWED, True, None),
    ("with notice before and imprint behind", FRAME + ISSUED + IMPRINT, True, None),
    ("other white space", ISSUED.replace("泊位三千", "泊位　三千"), True, None),
    ("another number", ISSUED.replace("三千", "五千"), True, ("新增泊位三千个。", "新增泊位五千个。")),
    ("a paragraph left out", ISSUED.replace("由区建设局负责。\n", ""), True, ("由区建设局负责。", "")),
    ("a chapter added behind", ISSUED + "三、附则\n", True, ("", "三、附则")),
    ("a sentence added behind", ISSUED + "本方案可以延长。\n", True, ("", "本方案可以延长。")),
    ("an article before the text", "第一条 另行规定。\n\n" + ISSUED, True, ("", "第一条另行规定。")),
    ("a signed copy that is the reviewed text", REVIEWED, False, None),
    ("a signed copy with a line added behind", REVIEWED + "2026年12月8日\n", False, ("", "2026年12月8日")),
]


@pytest.mark.parametrize(("situation", "published", "framed", "first"), CASES, ids=[row[0] for row in CASES])
def test_a_copy_is_held_against_the_reviewed_text(
    situation: str, published: str, framed: bool, first: tuple[str, str] | None
) -> None:
    found = difference(
        read(REVIEWED.encode(), "送审稿.txt"), read(published.encode(), "公布稿.txt"), MARKS, framed=framed
    )
    assert found == (Difference(*first) if first else None)


def test_organ_and_date_left_open_in_the_draft_are_filled_in_when_it_is_issued() -> None:
    draft = read((REVIEWED + "婺城区人民政府\n\n2026年11月1日\n").encode(), "送审稿.txt")
    assert difference(draft, read((ISSUED + IMPRINT).encode(), "公布稿.txt"), MARKS, framed=True) is None
