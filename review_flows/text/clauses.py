"""The sentences that frame a text: when it takes effect, how long it lasts, who interprets it, what it repeals.

In: a `Draft` without them. Out: the four groups of `Clause`s, each with its place. What they say is only read here;
whether it may say so is judged in `form`. Every expression is bounded.
"""

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import TypedDict

from review_flows.text.dates import DATE, find_dates, read_date
from review_flows.text.draft import Block, Clause, Draft

_WHEN = re.compile(r"\d|[一二三四五六七八九十〇○]|之日|日起|即日")
_SENTENCE = re.compile(r"[^。；！？\n]{1,2000}[。；！？]?")
_START = r"(?:施行|实施|执行|生效|试行|施行开始)"
_EFFECTIVE = re.compile(
    rf"(?:自|从|于|(?<=[，,])(?={DATE}))\s?(?P<when>[^。；，,]{{2,45}}?)\s?(?:零时)?\s?(?:起|开始|正式|后|予以){{0,3}}\s?{_START}"
)
_ON_ISSUE = re.compile(r"(?:发布|公布|印发|颁布|下发|发文|签发|发文之|成文)之?\s?[日后]")
_NOUN = (
    r"(?:办法|规定|细则|意见|方案|通知|决定|公告|通告|规则|条例|规程|制度|措施|标准|规范|文件|政策|法|规章|指南|指引|裁量基准|基准|清单|"
    r"章程|合同|协议|解释|目录|规划|计划|守则|准则|纲要|决议|批复|命令)"
)
_OWN = re.compile(rf"(?:本|该|此|上述)\s?[一-鿿]{{0,8}}?{_NOUN}")
# What may stand before 自…起施行 for the sentence to speak of the text itself.
_SUBJECT = re.compile(
    rf"(?:本|该|此|上述)\s?[一-鿿]{{0,8}}?{_NOUN}[^。；《》]{{0,60}}$|(?:现予|予以)[^，。；]{{2,6}}$|^[一-鿿]{{0,3}}$"
)
_ITSELF = re.compile(rf"(?:本|该|此|上述)\s?[一-鿿]{{0,8}}?{_NOUN}[^。；，《》]{{0,4}}$")
_VALIDITY = re.compile(
    r"有效期(?:限)?(?!内|届满|满|以内|限内|间)(?:为|至|：|:|是|暂定)?|试行期(?:限|间)?(?:为|至|：|:)?|施行期(?:限)?(?:为|至|：|:)?|执行期(?:限)?(?:为|至|：|:)?|"
    r"(?:试行|暂行|施行|实施|执行)(?:时间为?)?(?:至|期)?\s?(?:[一二两三四五六七八九十\d]{1,3}\s?(?:年|个月)|至)|"
    rf"(?:至|到)\s?{DATE}\s?(?:止|为止|废止|失效|终止|期满)|届时(?:自动|自行)?(?:失效|废止)|(?:自动|自行)失效"
)
_SPAN = re.compile(r"(?:[一二两三四五六七八九十]{1,3}|\d{1,3})\s?(?:年|个月)")
_INTERPRETATION = re.compile(
    r"由\s?(?P<who>[^。；，,由]{2,60}?)\s?(?:具体)?(?:分别|共同|按照各自职责|依据职责|根据各自职责)?(?:负责|进行|承担|予以)?(?:具体|组织)?"
    r"(?:应用)?(?:的)?(?:负责)?(?:具体)?(?:进行)?解释|解释权(?:归|属于?|由)\s?(?P<whom>[^。；，,]{2,60})|"
    r"解释(?:工作|事项|事宜)\s?由\s?(?P<worker>[^。；，,]{2,60}?)\s?(?:承担|负责|办理)|(?P<whose>[\u4e00-\u9fff]{2,40}?)(?:具有|享有|拥有|保留)[^。；，由]{0,12}解释"
)
_REPEAL = re.compile(
    r"(?:同时|即行|自行|予以|均予|一并|相应)?(?:废止|作废|停止执行|停止施行|不再执行|失效)|"
    r"(?:与|同)本[^。；，]{1,12}?(?:不一致|不相符|相抵触|不符|有抵触|有冲突|冲突|抵触|相冲突)[^。；]{0,12}[，,]?\s?(?:均|一律|应当?)?(?:以|按|按照|执行)本"
)
_ISSUED = re.compile(rf"[（(](?P<day>{DATE})\s?(?:印发|发布|公布|颁布|下发|签发|发文|成文|通过|公告)?[）)]$")
_NAMED = re.compile(r"《((?:[^《》]|《[^《》]{1,80}》){2,120})》")


class Groups(TypedDict):
    """The four groups, by the names that `Draft` has for them."""

    effective: tuple[Clause, ...]
    validity: tuple[Clause, ...]
    interpretation: tuple[Clause, ...]
    repeal: tuple[Clause, ...]


def find(draft: Draft) -> Groups:
    """All framing sentences of the draft, in order."""
    groups: dict[str, list[Clause]] = {"effective": [], "validity": [], "interpretation": [], "repeal": []}
    for block in draft.blocks:
        if block.kind in ("paragraph", "article", "body", "outline", "item", "note") and _may_frame(block.text):
            for group, clause in _of_block(draft, block):
                groups[group].append(clause)
    return Groups(
        effective=tuple(groups["effective"]),
        validity=tuple(groups["validity"]),
        interpretation=tuple(groups["interpretation"]),
        repeal=tuple(groups["repeal"]),
    )


_WORDS = ("行", "实施", "生效", "有效期", "失效", "废止", "解释", "作废", "停止", "不一致", "抵触", "冲突", "不符")


def _may_frame(text: str) -> bool:
    return any(word in text for word in _WORDS)


def _of_block(draft: Draft, block: Block) -> Iterator[tuple[str, Clause]]:
    own_before = False
    titles = {title for title in (draft.title, draft.main_title) if title}
    for match in _SENTENCE.finditer(block.text, block.content):
        sentence, at = match[0], match.start()
        takes_effect = effect_in(sentence, titles)
        if takes_effect is not None:
            own_before = True
            yield "effective", _clause(draft, block, at, sentence, takes_effect["when"], takes_effect.end("when"))
        if (validity := validity_in(sentence, in_frame=own_before)) is not None:
            yield "validity", _validity(draft, block, at, sentence, validity)
        if (who := interpreter_in(sentence)) is not None:
            yield "interpretation", _clause(draft, block, at, sentence, who, 0)
        if (repealed := _REPEAL.search(sentence)) is not None:
            yield (
                "repeal",
                _clause(draft, block, at, sentence, "、".join(m[1] for m in _NAMED.finditer(sentence)), repealed.end()),
            )


def effect_in(sentence: str, own_titles: Collection[str] = ()) -> re.Match[str] | None:
    """The match whose `when` says from when the text itself takes effect; None where another text is meant."""
    for match in _EFFECTIVE.finditer(sentence):
        words = match["when"] + sentence[match.end("when") : match.end("when") + 2]
        before = sentence[: match.start()].strip("，, 　")
        if _WHEN.search(words) and (_SUBJECT.search(before) or any(f"{title}》" in before for title in own_titles)):
            return match
    return None


def starts_in(text: str) -> list[date]:
    """The days from which a text that stands alone says that it takes effect."""
    found = (effect_in(match[0]) for match in _SENTENCE.finditer(text))
    return [day.on for match in found if match for day in find_dates(match["when"]) if day.on]


def issued_on(title: str) -> date | None:
    """The day of issue where a title tells it: 某办法（2026年9月8日印发）."""
    match = _ISSUED.search(title)
    return read_date(match["day"]) if match else None


def is_on_issue(when: str) -> bool:
    """Whether the words name the day of issue itself (自印发之日), without days added (公布之日起30日后)."""
    return bool(_ON_ISSUE.search(when) or "即日" in when) and not re.search(
        r"\d|[一二三四五六七八九十]{1,3}\s?个?(?:工作)?(?:日|月|年)", when
    )


def validity_in(sentence: str, *, in_frame: bool = False) -> re.Match[str] | None:
    """Where a sentence says how long the text itself lasts (a licence has a 有效期, too)."""
    for match in _VALIDITY.finditer(sentence):
        before = sentence[: match.start()].strip("，, 　的")
        if in_frame or not before or _ITSELF.search(before):
            return match
    return None


def interpreter_in(sentence: str) -> str | None:
    """Who interprets the text, as the sentence says; None where it speaks of other explanations."""
    match = _INTERPRETATION.search(sentence)
    if match is None:
        return None
    own = (
        _OWN.search(sentence)
        or "解释权" in sentence
        or "最终解释" in sentence
        or re.match(r"^[^。，；]{0,12}由", sentence)
    )
    return (match["who"] or match["whom"] or match["worker"] or match["whose"]).strip() if own else None


def _validity(draft: Draft, block: Block, at: int, sentence: str, match: re.Match[str]) -> Clause:
    last = list(find_dates(sentence[match.start() :]))
    until = last[-1].on if last else None
    span = _SPAN.search(sentence, match.start())
    return Clause(draft.place(block, at, at + len(sentence)), sentence, until, "" if until or not span else span[0])


def _clause(draft: Draft, block: Block, at: int, sentence: str, words: str, end: int) -> Clause:
    dates = [d.on for d in find_dates(words)]
    return Clause(draft.place(block, at, at + len(sentence)), sentence, dates[-1] if dates else None, words)
