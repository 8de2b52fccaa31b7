"""公开征求意见公告: period, channel, how to comment, whom to ask, draft and explanation, and why the period is shorter.

In: `NoticeContent`, frozen values that `participation.notice_content` has checked. Out: the bytes of a .docx.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from review_flows.law.matter import PlannedPeriod
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import Block, Heading, OfficialDocument, Signature, Text
from review_flows.papers.wording import Wording

PAPER = "comment_notice"


@dataclass(frozen=True)
class NoticeContent:
    """All that a notice says. `reason` only where the period is shorter than `minimum`."""

    kind: str
    title: str
    organ: str
    published_on: date
    closes_on: date
    channel: str
    ways: tuple[str, ...]
    contact: str
    reason: str = ""
    minimum: PlannedPeriod | None = None
    rules: tuple[str, ...] = ()
    draft_sha256: str = ""
    is_demo: bool = False

    @property
    def calendar_days(self) -> int:
        """The length of the period; the day of the notice does not count."""
        return (self.closes_on - self.published_on).days


def notice_paper(content: NoticeContent, wording: Wording) -> bytes:
    """The notice as .docx."""
    return render(notice_document(content, wording))


def notice_document(content: NoticeContent, wording: Wording) -> OfficialDocument:
    """The notice as blocks, for the page and for tests."""

    def say(name: str, **values: object) -> str:
        return wording.say(PAPER, name, content.kind, **values)

    suffix = say("draft_suffix")
    return OfficialDocument(
        title=say("title", title=content.title),
        blocks=tuple(_blocks(content, wording)),
        attachments=(
            say("draft", title=content.title, suffix=suffix),
            say("explanation", title=f"{content.title}{suffix}"),
        ),
        signature=Signature((content.organ,), content.published_on),
        demo_mark=wording.say("common", "demo") if content.is_demo else "",
        small_print=(say("draft_sha256", sha256=content.draft_sha256),) if content.draft_sha256 else (),
        made_on=content.published_on,
    )


def _blocks(content: NoticeContent, wording: Wording) -> Iterable[Block]:
    def say(name: str, **values: object) -> str:
        return wording.say(PAPER, name, content.kind, **values)

    grounds = cited(wording, content.rules)
    opening = say("opening", title=content.title, grounds=grounds) if grounds else ""
    yield Text(opening or say("opening_plain", title=content.title))
    yield Heading(1, say("period"))
    span = {"published_on": full_date(content.published_on), "closes_on": full_date(content.closes_on)}
    yield Text(say("period_text", days=content.calendar_days, **span))
    yield from _shorter(content, wording)
    yield Heading(1, say("channel"))
    yield Text(say("channel_text", channel=content.channel))
    yield Heading(1, say("ways"))
    for at, way in enumerate(content.ways, 1):
        stop = "；" if at < len(content.ways) else "。"
        yield Heading(3, "", then=say("way_text", way=way.rstrip("。；;"), stop=stop))
    yield Text(say("anonymous"))
    yield Heading(1, say("contact"))
    yield Text(say("contact_text", contact=content.contact.rstrip("。")))


def _shorter(content: NoticeContent, wording: Wording) -> Iterable[Block]:
    if not content.reason or content.minimum is None:
        return
    minimum = content.minimum
    yield Heading(1, wording.say(PAPER, "shorter", content.kind))
    yield Text(
        wording.say(
            PAPER,
            "shorter_text",
            content.kind,
            citation=cited(wording, [minimum.rule]) or minimum.citation,
            number=minimum.number,
            unit=wording.say(PAPER, f"unit_{minimum.unit}"),
            reason=content.reason,
            days=content.calendar_days,
        )  # fmt: skip
    )


def cited(wording: Wording, rules: Iterable[str]) -> str:
    """The provisions that these rules rest on as papers cite them, each once; empty where papers cite none of them.

    The title of a statute stands before its first provision only.
    """
    wanted, articles = set(rules), dict[str, list[str]]()
    for text in dict.fromkeys(ground.text for ground in wording.grounds if ground.rule in wanted):
        title, closing, article = text.partition("》")
        articles.setdefault(title + closing, []).extend(article.split("、"))
    return "、".join(title + "、".join(dict.fromkeys(found)) for title, found in articles.items())
