"""The frame of a paper: which lines are its number, title, addressee, signatures, annexes, imprint, contents.

In: the lines of a file. Out: a `Frame`: the kind of every line that belongs to the frame, what those lines say, and
where parts begin. A line is judged by its form and by what stands around it, never by the subject of the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from review_flows.law.document_numbers import read_document_number
from review_flows.text.dates import DATE, read_date
from review_flows.text.draft import BlockKind, Signature
from review_flows.text.marks import Mark, annex_mark, article_mark, is_cited, list_mark, unit_mark

_HEAD = 25  # lines: the frame of a paper stands within these
_ISSUERS = 6  # organs that sign together
_LONGEST_ORGAN = 40
_LONGEST_TITLE_LINE = 60
_SENTENCE_END = "。；：！？:;，,、"
_ORGAN = re.compile(
    r"(?:政府|局|府|室|厅|委|委员会|院|部|办|办公室|会|会议|处|中心|总队|支队|大队|公司|党组|站|所|馆|署|银行|集团|组|小组|"
    r"指挥部|专班|科|股|学校|大学|街道|乡|镇|总社|协会|庭|人大|政协|机关|管委会|联合会)(?:（(?:代章|盖章|印章|章|公章)）|\(盖章\))?$"
)
_TITLE_END = re.compile(
    r"(?:通知|通告|公告|办法|规定|意见|细则|方案|决定|决议|条例|规则|批复|函|合同|协议|协议书|合同书|报告|纪要|措施|标准|规范|规程|计划|"
    r"规划|指南|指引|制度|章程|清单|名单|图|表|书|目录|法|解释|说明|答复|命令|令|办法（试行）|（[^（）]{1,12}）|\([^()]{1,12}\))$"
)
_ISSUER_MARK = re.compile(r"^[\u4e00-\u9fff\s]{4,40}文\s{0,4}件$")
_HEAD_MARK = re.compile(
    r"^(?:特\s?急|加\s?急|平\s?急|急\s?件|机\s?密|秘\s?密|绝\s?密)(?:★.{0,12})?$|^\d{6,7}$|^签发人[：:]"
    r"|^[（(]?[一-鿿]{0,4}\s?编\s{0,4}号\s?[：:]"
)
_IMPRINT = re.compile(r"^(?:抄\s?送|抄\s?报|主\s?送|分\s?送|印\s?发)\s?[：:]|(?:印发|编印|印制)$")
_CONTENTS = re.compile(r"^目\s{0,6}[录次]$")
_CAPTION = re.compile(r"通过|修订|修正|公布|发布|施行|批准|令第|起实施")
_ISSUED = re.compile(
    r"(?:印发|发布|公布|批转|转发)(?:《(?P<quoted>(?:[^《》]|《[^《》]{1,80}》){2,120})》"
    r"|(?P<plain>[^《》]{4,100}?)的(?:通知|公告|通告|决定)$)"
)
_PERSON = re.compile(
    r"^(?:代理?|副)?(?:总理|主席|部长|省长|市长|州长|区长|县长|镇长|主任|局长|厅长|署长|行长|会长)\s{1,6}[一-鿿·\s]{2,12}$"
)
_RELEASE = re.compile(r"^[（(][^（()）]{2,30}(?:公开|发布|印发|删减|刊登)[^（()）]{0,20}[)）]$")
_ORDER_NUMBER = re.compile(r"[（(]?\s?第\s?[\d〇零一二三四五六七八九十百]{1,8}\s?号\s?[)）]?")
_BLANKS = re.compile(r"\s+")
_GAP = r"[\s\d×XxＸ*＊_＿]"
# A draft leaves the day open: 2026年　月　日, ××××年×月×日.
_OPEN_DATE = (
    rf"(?:\d{{4}}|[〇○零一二三四五六七八九]{{4}}|[×XxＸ*＊_＿]{{2,4}})\s{{0,2}}年{_GAP}{{0,8}}月{_GAP}{{0,8}}日"
)
_DATE_LINE = re.compile(rf"(?P<organ>[^\d〇○零×＊*_＿]{{0,{_LONGEST_ORGAN}}}?)\s{{0,20}}(?P<date>{DATE}|{_OPEN_DATE})")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file before it is understood; `is_row`, `is_note` and `look` come from Word."""

    text: str
    where: str
    style: str = ""
    centred: bool = False
    is_row: bool = False
    is_note: bool = False
    look: str = ""


def compact(text: str) -> str:
    """The text without blanks: titles are compared so."""
    return _BLANKS.sub("", text)


class Frame:
    """What surrounds the rules: kinds of lines by index, and what they say."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.texts = [line.text.strip() for line in lines]
        self.kinds: dict[int, BlockKind] = {}
        self.title = self.document_number = self.addressee = ""
        self.signatures: list[Signature] = []
        self.printed_on: date | None = None
        self.parts: dict[int, str] = {0: ""}  # index of the first line of a part → its title

    def find(self) -> None:
        self._rows_and_notes()
        self._contents()
        self._head()
        for at, text in enumerate(self.texts):
            self._tail(at, text)
        self._part_starts()

    def _rows_and_notes(self) -> None:
        for at, line in enumerate(self.lines):
            if line.is_note:
                self.kinds[at] = "note"
            elif line.is_row:
                self.kinds[at] = "table"

    # ---- head

    def _head(self) -> None:
        first_article = self._first_of_text()
        at = 0
        while at < min(first_article, _HEAD):
            text = self.texts[at]
            if at in self.kinds:
                pass
            elif (number := read_document_number(text.split("　　")[0])) is not None:
                self.kinds[at] = "document_number"
                self.document_number = self.document_number or number.text
            elif self._is_order(at):
                self._take_order(at)
            elif _ISSUER_MARK.match(text) or _HEAD_MARK.match(text):
                self.kinds[at] = "mark"
            elif not self.title:
                at = self._take_title(at, first_article)
                continue
            elif self._is_caption(at, text):
                self.kinds[at] = "caption"
            elif self._is_addressee(text):
                self.kinds[at] = "addressee"
                self.addressee = text.rstrip("：: ")
                return
            elif len(text) > _LONGEST_TITLE_LINE or text.endswith("。"):
                return
            at += 1

    def _is_order(self, at: int) -> bool:
        """××令 with its number on the next line."""
        following = self.texts[at + 1] if at + 1 < len(self.texts) else ""
        return len(self.texts[at]) < 30 and self.texts[at].endswith("令") and bool(_ORDER_NUMBER.fullmatch(following))

    def _take_order(self, at: int) -> None:
        self.kinds[at] = "mark"
        self.kinds[at + 1] = "document_number"
        number = compact(self.texts[at] + self.texts[at + 1].strip("（()） "))
        self.document_number = self.document_number or number

    def _first_of_text(self) -> int:
        """The first line that opens an article, a chapter or an outline: the head ends before it."""
        for at, text in enumerate(self.texts[: _HEAD + 1]):
            mark = article_mark(text)
            opens = mark is not None and (mark.number == 1 or not is_cited(text, mark))
            if at not in self.kinds and (opens or unit_mark(text) or _is_first_outline(text)):
                return at
        return len(self.texts)

    def _take_title(self, at: int, stop: int) -> int:
        """Lines of the title from `at` on; where they end."""
        end = at + 1
        if len(self.texts[at]) > 2 * _LONGEST_TITLE_LINE or self.texts[at].endswith(("。", "；")):
            self.title = ""
            return end
        while end < min(stop, at + 4) and self._goes_on(at, end):
            end += 1
        for index in range(at, end):
            self.kinds[index] = "title"
        self.title = "".join(compact(text) for text in self.texts[at:end]).lstrip("-—－·")
        return end

    def _goes_on(self, first: int, at: int) -> bool:
        """Whether the title goes on in line `at`: the former line did not end it, and this one can belong to it."""
        before, text = self.texts[at - 1], self.texts[at]
        opened = "".join(self.texts[first:at])
        if opened.count("《") > opened.count("》"):
            return len(text) <= _LONGEST_TITLE_LINE
        if _TITLE_END.search(compact(before)) or at in self.kinds or len(text) > _LONGEST_TITLE_LINE:
            return False
        plain = not text.endswith(tuple(_SENTENCE_END)) and read_document_number(text) is None
        return plain and not self._is_caption(at, text) and read_date(text) is None and _ORGAN.search(text) is None

    def _is_caption(self, at: int, text: str) -> bool:
        if text.startswith(("（", "(", "【")) and len(text) < 200:
            return bool(_CAPTION.search(text) or read_date(text.strip("（）()【】")))
        after_title = at and self.kinds.get(at - 1) in ("title", "caption", "document_number")
        return bool(
            after_title
            and len(text) < 120
            and not text.endswith(("。", "："))
            and _CAPTION.search(text)
            and re.search(r"\d{4}|[〇○零一二]{2}", text)
        )

    def _is_addressee(self, text: str) -> bool:
        """各…： or organs and their like, divided by commas, with a colon behind the last."""
        words = text.rstrip("：: ")
        if words == text or words.endswith(("如下", "下列")) or len(text) > 400 or "。" in text:
            return False
        names = re.split("[、，,；]", words)
        return text.startswith("各") or any(_ORGAN.search(name.strip()) for name in names)

    # ---- contents

    def _contents(self) -> None:
        for at, line in enumerate(self.lines):
            if line.style.lower().startswith("toc ") and len(line.style) == 5 and line.style[4].isdigit():
                self.kinds[at] = "contents"
        for at, text in enumerate(self.texts):
            if _CONTENTS.match(text):
                self._take_contents(at)

    def _take_contents(self, at: int) -> None:
        first = next((i for i in range(at + 1, min(at + 4, len(self.texts)))), None)
        mark = unit_mark(self.texts[first]) if first is not None else None
        if mark is None or first is None:
            return
        key = compact(mark.label)
        for end in range(first + 1, min(first + 400, len(self.texts))):
            again = unit_mark(self.texts[end])
            if again is not None and compact(again.label) == key:
                self.kinds.update(dict.fromkeys(range(at, end), "contents"))
                return

    # ---- tail: signatures, imprint

    def _tail(self, at: int, text: str) -> None:
        if at in self.kinds:
            return
        if _IMPRINT.search(text) and len(text) < 300 and not text.endswith("。"):
            self._take_imprint(at, text)
            return
        match = _DATE_LINE.fullmatch(text) if len(text) < 90 else None
        if match is None or not (at or len(self.texts) == 1):
            return
        organ = match["organ"].strip(" 　（(")
        if organ and not _ORGAN.search(organ):
            return
        self._take_signature(at, organ, match["date"])

    def _take_imprint(self, at: int, text: str) -> None:
        found = re.search(DATE, text)
        if text.startswith(("主送", "主 送")) and at < _HEAD:
            return
        if not found and not re.match(r"抄|分|印|主", text):
            return
        self.kinds[at] = "imprint"
        if found and self.printed_on is None:
            self.printed_on = read_date(found[0])

    def _take_signature(self, at: int, organ: str, written: str) -> None:
        issuers = [organ] if organ else []
        first = at
        while first > 0 and len(issuers) < _ISSUERS and self._is_issuer(first - 1):
            first -= 1
            issuers.append(_BLANKS.sub("", self.texts[first]))
        if not issuers and self.kinds.get(at - 1) in ("title", "caption", "document_number"):
            self.kinds[at] = "caption"
            return
        self.kinds.update(dict.fromkeys(range(first, at), "signature"))
        self.kinds[at] = "date"
        self.signatures.append(Signature(tuple(reversed(issuers)), read_date(written), first + 1, at + 1))

    def _is_issuer(self, at: int) -> bool:
        text = self.texts[at]
        if at in self.kinds or len(text) > _LONGEST_ORGAN or text.endswith(tuple(_SENTENCE_END)):
            return False
        return (
            bool(_ORGAN.search(compact(text)) or _PERSON.match(text))
            and article_mark(text) is None
            and list_mark(text) is None
            and annex_mark(text) is None
        )

    # ---- parts

    def _part_starts(self) -> None:
        match = _ISSUED.search(self.title)
        issued = compact(match["quoted"] or match["plain"]) if match else ""
        date_lines = [at for at, kind in self.kinds.items() if kind == "date"]
        last_date = max(date_lines, default=-1)
        for at, text in enumerate(self.texts):
            if at and at not in self.kinds:
                if _RELEASE.match(text):
                    self.kinds[at] = "mark"
                elif issued and compact(text).strip("《》") == issued:
                    self._open_part(at)
                elif (mark := annex_mark(text)) is not None and self._heads_annex(at, mark, last_date):
                    self.kinds[at] = "annex"
                    self._open_part(at)
        if self.signatures:
            self._after_signature(self.signatures[0].last)

    def _heads_annex(self, at: int, mark: Mark, last_date: int) -> bool:
        """A heading stands alone, or has its title beside it behind the signature; a list of annexes comes before."""
        text = self.texts[at]
        if text.endswith(("。", "；")):
            return False
        rest = text[mark.content :]
        if not rest:
            return True
        return (
            at > last_date
            and not self._lists_annexes(at)
            and ("：" in text[: mark.content] or ":" in text[: mark.content] or mark.number > 0)
        )

    def _lists_annexes(self, at: int) -> bool:
        """附件：1.… 2.…: the next line goes on counting."""
        rest = self.texts[at][annex_mark(self.texts[at]).content :]  # type: ignore[union-attr]
        return rest.startswith(("1", "１", "一、"))

    def _after_signature(self, at: int) -> None:
        """What follows the first signature is a text of its own, unless only the imprint is left."""
        while at < len(self.texts) and self.kinds.get(at) in ("imprint", "note", "signature", "date", "mark"):
            at += 1
        has_text = any(article_mark(t) or unit_mark(t) or list_mark(t) for t in self.texts[at : at + 400])
        is_known = any(at <= start <= at + 3 for start in self.parts)
        if has_text and not is_known and self.kinds.get(at) != "annex":
            self._open_part(at)

    def _open_part(self, at: int) -> None:
        start = at + 1 if self.kinds.get(at) == "annex" else at
        title: list[str] = []
        while start < len(self.texts) and len(title) < 4 and self._can_title(start, title):
            title.append(self.texts[start])
            self.kinds[start] = "title"
            start += 1
        mark = annex_mark(self.texts[at]) if self.kinds.get(at) == "annex" else None
        beside = self.texts[at][mark.content :] if mark else ""
        self.parts[at] = compact(beside) or "".join(compact(t) for t in title)

    def _can_title(self, at: int, taken: Sequence[str]) -> bool:
        text = self.texts[at]
        if at in self.kinds or len(text) > _LONGEST_TITLE_LINE or text.endswith(tuple(_SENTENCE_END)):
            return False
        if article_mark(text) or unit_mark(text) or list_mark(text) or annex_mark(text) or self._is_caption(at, text):
            return False
        return not taken or not _TITLE_END.search(compact(taken[-1]))


def _is_first_outline(text: str) -> bool:
    mark = list_mark(text)
    return mark is not None and mark.kind == "chinese" and mark.number == 1
