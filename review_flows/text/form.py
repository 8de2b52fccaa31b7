"""Checks of a whole draft: dates, validity, issuer, interpreter, repeal, document number, citations, numbering.

In: a `Draft`, the statutes, the rules of `catalogs/screening/form.yaml`, the day of judging. Out: Findings in the
order of the text. Clause rules are judged in `screening`; here stands what only the whole paper shows.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from review_flows.law.citations import is_generic
from review_flows.law.document_numbers import DocumentNumber, Fault, find_document_numbers, read_document_number
from review_flows.law.statutes import Statutes, plain
from review_flows.text import clauses, date_order
from review_flows.text.citing import Cited, cited_in
from review_flows.text.date_order import day
from review_flows.text.draft import Article, Block, Clause, Draft, Item, Paragraph
from review_flows.text.findings import Finding, Place
from review_flows.text.form_rules import FormRules

_NUMBER_FAULTS: dict[Fault, str] = {
    "bracket": "年份要用六角括号“〔〕”",
    "no_bracket": "年份要加六角括号“〔〕”",
    "year": "年份要写四位数字，不加“年”",
    "not_arabic": "年份和序号要用阿拉伯数字",
    "di": "序号前不加“第”",
    "leading_zero": "序号不编虚位（不写 01）",
    "no_hao": "序号后要加“号”",
}
_DIFFERS = re.compile(r"不一致|不相符|不符|抵触|冲突|矛盾|不同(?!意)")
_DIFFERS_FROM_THIS = re.compile(r"(?:与|和|同|跟)\s?(?:本|此|该)[^。；，]{1,14}?(?:不一致|不相符|不符|抵触|冲突|矛盾)")
_PREVAILS = re.compile(
    r"(?:以|按照?|依照?|从|执行|适用)\s?(?:本|此|该)(?:办法|规定|细则|意见|方案|通知|决定|公告|通告|规则|条例|规程|制度|措施|标准|文件|政策|规范|基准)"
)
_ABOLISHED = re.compile(r"废止|作废|失效|停止执行|停止施行|不再执行")
_NAMED = re.compile(r"《[^《》]{2,120}》|〔\d{4}〕\s?\d{1,5}\s?号")
_NOT_ABOLISHED = re.compile(
    r"被废止的|规定废止|废止该|停止执行职务|(?:不|不得|不予|未)(?:停止执行|失效|废止|作废)|修改[、或者和]{1,2}废止|废止[、或者和]{1,2}修改|制定、修改|立改废"
)
_NO_RETROACTION = re.compile(r"不溯及|不追溯|不适用本|适用当时|按原|仍按|继续有效|继续执行|除外")
_RETROACTION = re.compile(
    r"追溯(?:至|到|执行|适用)|溯及(?:至|到|既往)|(?:施行|实施|执行|印发|发布|公布)(?:之日)?(?:以)?前[^。；]{0,60}(?:适用|按照?|依照?|执行)本"
)
_LEAST_OUTLINE = 3
_LEAST_ARTICLES = 2


def check_document(
    draft: Draft, statutes: Statutes, rules: FormRules, *, on: date, cited: Sequence[Cited] | None = None
) -> list[Finding]:
    """Every finding about the draft as a whole, judged on the day `on`, in the order of the text.

    `cited` are the citations of the draft when the caller has read them already (`citing.cited_in`).
    """
    checks = _Checks(draft, rules, cited if cited is not None else cited_in(draft, statutes, on=on), on)
    found = [finding for check in checks.all() for finding in check()]
    return sorted(dict.fromkeys(found), key=lambda f: (checks.order(f.place), f.rule))


@dataclass
class _Checks:
    draft: Draft
    rules: FormRules
    cited: Sequence[Cited]
    on: date

    def all(self) -> tuple[Callable[[], Iterator[Finding]], ...]:
        """The checks, one a rule or group of rules."""
        organs = (self.interpreter, self.issuer)
        effect = (self.no_effective_date, self.at_once, self.no_validity, self.retroactive, self.vague_repeal)
        sources = (self.citations, self.short_names, self.document_number, self.cited_numbers)
        return (*organs, *effect, *sources, self.dates, self.article_order, self.item_order)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {article.label: article.block for article in reversed(self.draft.articles)}

    def order(self, place: Place) -> tuple[int, int, int]:
        """Where a place stands in the text."""
        if place.article is None:
            return (place.paragraph or 0, 0, place.start)
        return (self._position.get(place.article, 0), place.paragraph or 0, place.start)

    def _words(self, name: str) -> tuple[str, ...]:
        return self.rules.words[name]

    def _find(self, rule: str, place: Place, message: str = "") -> Finding:
        return self.rules.wording[rule].finding(place, message)

    # ---- organs

    def interpreter(self) -> Iterator[Finding]:
        """RF15: the power to interpret is given to an inner unit, a temporary body or a company."""
        for clause in self.draft.interpretation:
            if self._is_unfit(clause.words) or any(word in clause.words for word in self._words("enterprises")):
                yield self._find("RF15", clause.place)

    def issuer(self) -> Iterator[Finding]:
        """RF20: who signs may not issue normative documents."""
        signature = self.draft.signature
        for name in signature.issuers if signature else ():
            if signature and self._is_unfit(name):
                block = self._block_of(name, signature.first, signature.last)
                yield self._find(
                    "RF20",
                    self.draft.place(block, 0, len(block.text)),
                    f"{name}是内设机构、临时机构或者议事协调机构，不得以自己名义制发规范性文件。",
                )

    def _is_unfit(self, organ: str) -> bool:
        """Whether an organ is an inner unit, a temporary or a coordinating body."""
        name = organ.strip('”“"（）() ')
        if name.endswith(self._words("standing_bodies")):
            return False
        if any(word in name for word in self._words("temporary_bodies")):
            return True
        return name.endswith(self._words("inner_units")) and not name.endswith(self._words("not_inner_units"))

    def _block_of(self, name: str, first: int, last: int) -> Block:
        blocks = self.draft.blocks[first - 1 : last]
        return next((b for b in blocks if name in "".join(b.text.split())), blocks[0])

    # ---- taking effect

    def no_effective_date(self) -> Iterator[Finding]:
        """RF16: rules without a date from which they apply."""
        if self.draft.effective or not self._has_rules:
            return
        last = self._last_block
        yield self._find("RF16", self.draft.place(last, len(last.text), len(last.text)))

    @property
    def _has_rules(self) -> bool:
        """Whether the text lays down rules; an outline does when its title or a date of effect of its own says so."""
        title = _kind_part(self.draft.main_title or self.draft.title)
        if (
            self._is_contract
            or title.endswith(self._words("papers_without_rules"))
            or any(w in self.draft.title for w in ("清理", "废止", "宣布失效"))
        ):
            return False
        if len(self.draft.articles) >= _LEAST_ARTICLES:
            return True
        outlined = sum(block.kind == "outline" and block.level == 1 for block in self.draft.blocks) >= _LEAST_OUTLINE
        return outlined and (bool(self.draft.effective) or title.endswith(self._words("papers_with_rules")))

    @cached_property
    def _is_contract(self) -> bool:
        """Contracts and tender papers have parties, not addressees: the rules of normative documents are not theirs."""
        head = "".join(block.text for block in self.draft.blocks[:60])
        return any(w in self.draft.title for w in self._words("contracts")) or any(
            head.count(w) > 2 for w in self._words("parties")
        )

    @property
    def _last_block(self) -> Block:
        if self.draft.articles:
            return self.draft.articles[-1].paragraphs[-1].blocks[-1]
        return next(
            (b for b in reversed(self.draft.blocks) if b.kind not in ("imprint", "date", "signature", "note")),
            self.draft.blocks[-1],
        )

    @property
    def _is_legislation(self) -> bool:
        title = _kind_part(self.draft.main_title or self.draft.title)
        return title.endswith(self._words("legislation")) and not title.endswith(self._words("papers_with_rules"))

    def at_once(self) -> Iterator[Finding]:
        """RF17: in force on the day of issue, without a reason."""
        if self._is_legislation or not self._has_rules or self._gives_reason:
            return
        issued = {self.draft.signed_on, self.draft.printed_on} - {None}
        for clause in self.draft.effective:
            if clauses.is_on_issue(clause.words) or clause.on in issued:
                yield self._find("RF17", clause.place)

    @property
    def _gives_reason(self) -> bool:
        said = [clause.text for clause in self.draft.effective]
        cover = [
            b.text
            for part in self.draft.parts
            if part.kind == "cover"
            for b in self.draft.blocks[part.first - 1 : part.last]
        ]
        return any(
            word in text
            for text in (*said, *(t for t in cover if "施行" in t or "实施" in t or "执行" in t))
            for word in self._words("haste")
        )

    def no_validity(self) -> Iterator[Finding]:
        """RF18: a text on trial that never ends."""
        title = self.draft.main_title or self.draft.title
        if self.draft.validity or self._is_legislation or not self._has_rules:
            return
        if any(word in _kind_part(title, keep_brackets=True) for word in self._words("trial")):
            block = next(
                (b for b in reversed(self.draft.blocks) if b.kind == "title" and _same(title, b.text)),
                self.draft.blocks[0],
            )
            at = min((i for w in self._words("trial") if (i := block.text.rfind(w)) >= 0), default=0)
            yield self._find("RF18", self.draft.place(block, at, at + 2 if at else len(block.text)))

    def retroactive(self) -> Iterator[Finding]:
        """RF19: in force before it was issued, or made to govern what was done before."""
        signed_on = self.draft.signed_on
        issued = signed_on or (
            self.on if self.draft.signature else None
        )  # its date left open, it is issued today at best
        for clause in self.draft.effective:
            if issued and clause.on and clause.on < issued:
                than = f"成文日期（{day(issued)}）" if signed_on else f"今日（{day(issued)}），文稿尚未成文"
                yield self._find("RF19", clause.place, f"施行日期（{day(clause.on)}）早于{than}。")
        for article, paragraph in self.draft.units():
            if article is not None and not self._is_legislation and (match := _RETROACTION.search(paragraph.text)):
                sentence = _sentence(paragraph.text, match.start())
                if not _NO_RETROACTION.search(sentence):
                    yield self._find("RF19", self.draft.place_in(article, paragraph, match.start(), match.end()))

    def vague_repeal(self) -> Iterator[Finding]:
        """RF21: what is repealed is not named."""
        for clause in self.draft.repeal:
            if self._is_vague(clause):
                yield self._find("RF21", clause.place)

    def _is_vague(self, clause: Clause) -> bool:
        text = clause.text
        if _DIFFERS.search(text) and _PREVAILS.search(text):
            return True
        if not _ABOLISHED.search(text) or _NAMED.search(text) or _NOT_ABOLISHED.search(text):
            return False
        if _DIFFERS_FROM_THIS.search(text):
            return True
        papers = "|".join(self._words("old_papers"))
        earlier = "|".join(self._words("earlier"))
        return bool(
            re.search(
                rf"(?:{earlier})[^。；，]{{0,20}}?(?:{papers})[^。；]{{0,14}}?(?:废止|作废|失效|停止执行|停止施行|不再执行)",
                text,
            )
        )

    # ---- citations

    def citations(self) -> Iterator[Finding]:
        """RF23, DOC_ARTNO, DOC_LAWNAME, DOC_LAWDATE, DOC_AMENDED, DOC_XREF: what the cited texts say to it."""
        rules = {
            "repealed": "RF23",
            "beyond": "DOC_ARTNO",
            "unknown": "DOC_LAWNAME",
            "misspelled": "DOC_LAWNAME",
            "wrong_kind": "DOC_LAWNAME",
            "not_yet": "DOC_LAWDATE",
            "amended": "DOC_AMENDED",
        }
        for cited in self.cited:
            for problem in cited.problems:
                if problem.kind != "not_yet" or not self._starts_with(cited):
                    yield self._find(rules[problem.kind], cited.place, problem.sentence)
            if cited.fault:
                yield self._find("DOC_XREF", cited.place, cited.fault)
            if cited.doubt:
                yield self.rules.wording["DOC_XREF"].finding(cited.place, cited.doubt, severity="low")

    def _starts_with(self, cited: Cited) -> bool:
        """Whether the draft itself takes effect no earlier than the law that it cites."""
        starts = [clause.on for clause in self.draft.effective if clause.on]
        law = cited.statute.effective_on if cited.statute else None
        return bool(starts and law and min(starts) >= law)

    def short_names(self) -> Iterator[Finding]:
        """DOC_SHORTNAME: 《条例》 that was never said to stand for anything."""
        seen: set[str] = set()
        for cited in self.cited:
            name = plain(cited.name)
            if cited.citation.kind == "named" and cited.citation.quoted and is_generic(name) and name not in seen:
                seen.add(name)
                yield self._find("DOC_SHORTNAME", cited.place, f"简称《{name}》在前文没有写明“以下简称”。")

    # ---- document numbers

    def document_number(self) -> Iterator[Finding]:
        """DOC_NUMFMT: the form of the paper's own number."""
        for block in self.draft.blocks:
            number = read_document_number(block.text.split("　　")[0]) if block.kind == "document_number" else None
            if number is not None and number.faults:
                yield self._find("DOC_NUMFMT", self.draft.place(block, 0, len(block.text)), _number_message(number))

    def cited_numbers(self) -> Iterator[Finding]:
        """DOC_NUMFMT: numbers of other papers, where they are cited."""
        for block in self.draft.blocks:
            if block.kind not in ("document_number", "contents", "table") and "号" in block.text:
                for number in find_document_numbers(block.text):
                    if number.faults:
                        yield self.rules.wording["DOC_NUMFMT"].finding(
                            self.draft.place(block, number.start, number.end), _number_message(number), severity="low"
                        )

    def dates(self) -> Iterator[Finding]:
        """DOC_DATEORDER: dates that cannot follow each other, and days that no calendar has."""
        for place, message in date_order.faults(self.draft):
            yield self._find("DOC_DATEORDER", place, message)

    # ---- numbering

    def article_order(self) -> Iterator[Finding]:
        """DOC_ARTORDER: articles that are missing, doubled or out of order."""
        before: Article | None = None
        for article in self.draft.articles:
            if before is not None and before.part == article.part and not _follows(before, article):
                start = self.draft.place_in(article, article.paragraphs[0], 0, 0)
                yield self._find(
                    "DOC_ARTORDER", start, f"{before.label}之后是{article.label}，条文序号不连续或者重复。"
                )
            before = article

    def item_order(self) -> Iterator[Finding]:
        """DOC_ARTORDER: items that are missing or doubled."""
        for article in self.draft.articles:
            for paragraph in article.paragraphs:
                for before, item in zip(paragraph.items, paragraph.items[1:], strict=False):
                    if item.number not in (before.number + 1, 1) and item.label.startswith(("（", "(")):
                        yield self._find(
                            "DOC_ARTORDER",
                            self._item_place(article, paragraph, item),
                            f"{before.label}之后是{item.label}，项的序号不连续或者重复。",
                        )

    def _item_place(self, article: Article, paragraph: Paragraph, item: Item) -> Place:
        at = next(i for i, b in enumerate(paragraph.blocks) if b.number == item.block)
        start = paragraph.starts[at]
        return self.draft.place_in(article, paragraph, start, start + len(item.label))


def _follows(before: Article, article: Article) -> bool:
    a, b = before.number, article.number
    return (b.number == a.number + 1 and b.sub == 0) or (b.number == a.number and b.sub == a.sub + 1)


def _number_message(number: DocumentNumber) -> str:
    faults = "；".join(_NUMBER_FAULTS[fault] for fault in number.faults)
    return f"“{number.text}”的写法不合格式：{faults}，应写作“{number}”。"


def _kind_part(title: str, *, keep_brackets: bool = False) -> str:
    """The end of a title that says what kind of paper it is; without （试行） and the like unless asked for."""
    text = "".join(title.split())
    return text if keep_brackets else re.sub(r"[（(][^（()）]{1,20}[)）]$", "", text).rstrip("》")


def _same(title: str, text: str) -> bool:
    return "".join(text.split()) in title or title in "".join(text.split())


def _sentence(text: str, at: int) -> str:
    start = max(text.rfind(c, 0, at) for c in "。；\n") + 1
    end = min((p for c in "。；\n" if (p := text.find(c, at)) >= 0), default=len(text))
    return text[start : min(end, start + 600)]
