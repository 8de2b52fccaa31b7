"""Checks that only a whole contract shows: payment, lacking clauses, the dispute clause, blanks, amounts, parties.

In: a `Draft` and `contract_rules.ContractRules`. Out: findings; what lacks has the place of the title. Single clauses
(guarantees, deposits, audit as a condition) are rules of `clauses/contracts.yaml`.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from rapidfuzz.distance import Indel

from review_flows.law.numerals import read_numeral
from review_flows.text.contract_rules import ContractRules
from review_flows.text.draft import Article, Draft, Paragraph
from review_flows.text.findings import Finding, Place

_PERIOD = re.compile(
    r"(?P<number>\d{1,4}|[一二三四五六七八九十百两]{1,6})(?:（\d{1,4}）)?\s?(?P<unit>个工作日|工作日|个月|日|天|年)(?:之)?内"
    r"(?P<between>[^。；\n]{0,25}?)(?:支付|付款|付清|结清|付至|拨付|结算|付给)"
)
_DAYS = {
    "个工作日": Decimal(7) / 5,
    "工作日": Decimal(7) / 5,
    "日": Decimal(1),
    "天": Decimal(1),
    "个月": Decimal(30),
    "年": Decimal(365),
}
_RETENTION = re.compile(r"质保|质量保证|缺陷责任|保修|退还|返还")
_BLANK = re.compile(
    r"[_＿]{2,}|[.．]{6,}|\$\{[^{}\n]{0,60}\}|【\s{0,20}】|[（(]\s{2,20}[)）]|[ \u3000]{2,}(?=[年月日元])"
    r"|(?<![A-Za-z0-9])[Xx×]{2,}|\{\{[^{}\n]{1,60}\}\}|[\[［【（(]\s?(?:请?填写|请?填入|待填)[^\]］】）)\n]{0,30}[\]］】）)]"
    r"|[：:]\s{0,4}(?:平米|平方米|万元|元|个月|天|%)(?=[，,；;。、\s]|$)"
    r"|(?<=[积额金价期为计共租费约])\s{1,4}(?=平米|平方米|万元|元|个月|天|年|%)"
)
_FIGURES = r"(?:人民币|￥|¥|RMB)?\s?(?P<{0}>\d[\d,，]{{0,18}}(?:\.\d{{1,4}})?)\s?(?P<{0}_unit>万元|亿元|元)?"
_WORDS = r"(?P<{0}>[零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿圆元角分整正]{{2,40}})"
_BETWEEN = r"(?:[（(，,：:；\s]|大写|小写|人民币|即|计|为|￥|¥|RMB|金额|[)）]){0,12}"
_FIGURES_FIRST = re.compile(_FIGURES.format("figures") + _BETWEEN + _WORDS.format("words"))
_WORDS_FIRST = re.compile(_WORDS.format("words") + _BETWEEN + _FIGURES.format("figures"))
_PARTY = re.compile(
    r"(?P<role>甲方|乙方|丙方|发包人|承包人|出租方|承租方|出租人|承租人|委托方|受托方|采购人|供应商)\s?(?:[（(][^（）()\n]{0,20}[)）])?\s?[：:]\s?(?P<name>[^\s，。；;,、（）()_＿：:]{4,40})"
)
_FIRM = re.compile(r"[一-龥（）()]{2,40}?公司(?!法|章程)")
_PLACE = re.compile(r"^[一-龥]{2,8}?[省市县区]")
_LEGAL_FORM = re.compile(r"(?:股份|责任)?有限(?:责任)?公司$|公司$")
_ALIKE = 0.5  # likeness of two firms' own parts above which one is the other, miswritten
_CAPITALS = str.maketrans("〇零壹贰叁肆伍陆柒捌玖", "00123456789")
_RANKS = {"拾": 10, "佰": 100, "仟": 1000}
_MOST_BLANKS = 40


def check_contract(draft: Draft, rules: ContractRules) -> list[Finding]:
    """Every finding about a contract as a whole, in the order of the text."""
    found: list[Finding] = []
    blanks = 0
    for article, paragraph in draft.units():
        found += _late_payment(article, paragraph, rules)
        found += _amounts(article, paragraph, rules)
        here = list(_blanks(article, paragraph, rules))
        found += here[: max(0, _MOST_BLANKS - blanks)]
        blanks += len(here)
    return [*found, *_parties(draft, rules), *_dispute(draft, rules), *_lacking(draft, rules)]


def _place(article: Article | None, paragraph: Paragraph, start: int, end: int) -> Place:
    return Place(article.label if article else None, paragraph.number, start, end, paragraph.text[start:end])


def _head(draft: Draft) -> Place:
    """The place of what stands nowhere: the title."""
    return Place(None, 1, 0, 0, draft.title)


def _late_payment(article: Article | None, paragraph: Paragraph, rules: ContractRules) -> Iterator[Finding]:
    """CT-09: a period of payment longer than the law allows at most."""
    for match in _PERIOD.finditer(paragraph.text):
        number = read_numeral(match["number"])
        if number is None or _RETENTION.search(paragraph.text, max(0, match.start() - 40), match.end() + 10):
            continue
        if number * _DAYS[match["unit"]] > rules.longest_payment_days:
            yield rules.wording["CT-09"].finding(_place(article, paragraph, *match.span()))


def _blanks(article: Article | None, paragraph: Paragraph, rules: ContractRules) -> Iterator[Finding]:
    """CT_BLANK: one finding a paragraph, at its first blank."""
    blanks = list(_BLANK.finditer(paragraph.text))
    if blanks:
        more = f"本段有 {len(blanks)} 处空白未填写。" if len(blanks) > 1 else ""
        start = max(0, blanks[0].start() - 8)
        yield rules.wording["CT_BLANK"].finding(_place(article, paragraph, start, blanks[0].end()), more)


def _amounts(article: Article | None, paragraph: Paragraph, rules: ContractRules) -> Iterator[Finding]:
    """CT_AMOUNT: an amount in figures beside the amount in words that is another."""
    for pattern in (_FIGURES_FIRST, _WORDS_FIRST):
        for match in pattern.finditer(paragraph.text):
            figures, words = (
                amount_in_figures(match["figures"], match["figures_unit"] or "元"),
                amount_in_words(match["words"]),
            )
            if words is not None and figures != words:
                message = f"小写为 {figures:,} 元，大写“{match['words']}”为 {words:,} 元，不一致。"
                yield rules.wording["CT_AMOUNT"].finding(_place(article, paragraph, *match.span()), message)


def amount_in_figures(figures: str, unit: str) -> Decimal:
    """Yuan of an amount such as 12,000.50 in 元, 万元 or 亿元."""
    factor = {"元": 1, "万元": 10_000, "亿元": 100_000_000}[unit]
    return (Decimal(re.sub("[,，]", "", figures)) * factor).normalize() + 0


def amount_in_words(words: str) -> Decimal | None:
    """Yuan of an amount in financial capitals; None where the characters are no amount.

    >>> amount_in_words("壹万贰仟元伍角整")
    Decimal('12000.5')
    """
    match = re.fullmatch(
        r"(?P<yuan>[^圆元角分整正]{1,36})[圆元](?:(?P<jiao>[^圆元角分整正零〇])角)?(?:[零〇]?(?P<fen>[^圆元角分整正零〇])分)?[整正]?",
        words,
    )
    if match is None or not any(character in "壹贰叁肆伍陆柒捌玖拾" for character in words):
        return None
    yuan = _capitals(match["yuan"])
    tenths = [_digit(match[part]) if match[part] else 0 for part in ("jiao", "fen")]
    if yuan is None or None in tenths:
        return None
    return Decimal(yuan) + Decimal(tenths[0] or 0) / 10 + Decimal(tenths[1] or 0) / 100


def _digit(character: str) -> int | None:
    digit = character.translate(_CAPITALS)
    return int(digit) if len(digit) == 1 and digit.isdigit() and digit.isascii() else None


def _capitals(text: str) -> int | None:
    """The number that capitals write: groups of ten thousand, each of thousands, hundreds and tens."""
    total, group, digit = 0, 0, 0
    for character in text:
        if character in _RANKS:
            group, digit = group + (digit or 1) * _RANKS[character], 0
        elif character in "万亿":
            factor = 10_000 if character == "万" else 100_000_000
            total, group, digit = (
                (total + group + digit) * factor if factor > 10_000 else total + (group + digit) * factor,
                0,
                0,
            )
        elif (value := _digit(character)) is not None:
            digit = value
        else:
            return None
    return total + group + digit


def _parties(draft: Draft, rules: ContractRules) -> Iterator[Finding]:
    """CT_PARTY: the same party under two names, where the parties are set down and in running text."""
    first: dict[str, str] = {}
    for article, paragraph in draft.units():
        yield from _nearly_named(article, paragraph, first, rules)
        for match in _PARTY.finditer(paragraph.text):
            name = match["name"].strip('“”"《》')
            if any(word in name for word in rules.words["not_names"]) or _BLANK.search(name):
                continue
            known = first.setdefault(match["role"], name)
            if name != known and not name.startswith(known):
                message = f"{match['role']}在前文为“{known}”，此处为“{name}”。"
                yield rules.wording["CT_PARTY"].finding(_place(article, paragraph, *match.span()), message)


def _nearly_named(
    article: Article | None, paragraph: Paragraph, parties: Mapping[str, str], rules: ContractRules
) -> Iterator[Finding]:
    """Firms called like a party, but otherwise: neither its name nor a shorter form of it."""
    firms = {role: name for role, name in parties.items() if name.endswith("公司")}
    for match in _FIRM.finditer(paragraph.text):
        for role, name in firms.items():
            at = _where_it_begins(match[0], _own_part(name))
            called = match[0][at:]
            if name not in match[0] and _is_alike(called, name) and not _is_short_form(called, name):
                message = f"{role}在前文为“{name}”，此处为“{called}”。"
                where = _place(article, paragraph, match.start() + at, match.end())
                yield rules.wording["CT_PARTY"].finding(where, message)
                break


def _own_part(name: str) -> str:
    """The name of a firm without its place and its legal form: 安达建设工程."""
    return _LEGAL_FORM.sub("", _PLACE.sub("", name, count=1))


def _where_it_begins(text: str, own: str) -> int:
    """Where in the text a name like this begins; its own part may open with a place that does not look like one."""
    found = [at for at in (text.find(own[:2]), text.find(own[2:4])) if at >= 0]
    return found[0] if found else 0


def _is_alike(called: str, name: str) -> bool:
    return float(Indel.normalized_similarity(_own_part(called), _own_part(name))) > _ALIKE


def _is_short_form(called: str, name: str) -> bool:
    """Whether all characters of `called` stand in `name`, in this order."""
    rest = iter(name)
    return all(character in rest for character in called)


def _dispute(draft: Draft, rules: ContractRules) -> Iterator[Finding]:
    """CT_DISPUTE: arbitration and courts side by side, or arbitration of what cannot be arbitrated."""
    words = rules.words
    for article, paragraph in draft.units():
        for sentence in re.finditer(r"[^。\n]{1,600}", paragraph.text):
            if not any(word in sentence[0] for word in words["arbitration"]):
                continue
            both = any(word in sentence[0] for word in words["litigation"])
            message = "同一条款既约定仲裁又约定诉讼，仲裁约定可能无效。" if both else ""
            if not both and any(word in draft.title for word in words["administrative"]):
                message = "行政协议约定仲裁的，仲裁约定无效。"
            if message:
                yield rules.wording["CT_DISPUTE"].finding(_place(article, paragraph, *sentence.span()), message)


def _lacking(draft: Draft, rules: ContractRules) -> Iterator[Finding]:
    """CT_MISSING: groups of content of which no word stands in the contract."""
    text = draft.text
    for name, words in rules.required.items():
        if not any(word in text for word in words):
            yield rules.wording["CT_MISSING"].finding(_head(draft), f"没有找到“{name}”条款。")
