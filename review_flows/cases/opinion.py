"""The opinion of a legality review (合法性审核意见书 and its sisters), and the table of what became of its items.

In: `OpinionContent`, frozen values that never see a row; labels of the law data; the sentences of catalogs/papers.yaml.
Out: the bytes of a .docx in GB/T 9704 letter form. Which checks are answered (ND-15.1 to ND-15.7, MD-20, ME-05) and how
grounds are cited is data. Nothing is said that was not signed: a check nobody answered is shown as such.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from review_flows.law.catalogs import Catalogs
from review_flows.papers.layout import render
from review_flows.papers.lines import full_date
from review_flows.papers.paper import (
    Attachment,
    Block,
    Column,
    Form,
    Grid,
    Heading,
    Imprint,
    OfficialDocument,
    Signature,
    Text,
)
from review_flows.papers.wording import Wording

PAPER = "opinion"
TITLES = "opinion_titles"
TITLE = "legality_opinion"
NATURES = ("must_change", "should_change", "note")
ADOPTIONS = ("adopted", "partly_adopted", "declined")
Finding = Literal["sound", "items", "not_applicable", "no_items", "unanswered"]
_SHORT_SHA256 = 16


@dataclass(frozen=True)
class OpinionItem:
    """One item: its number within the opinion, where, what is wrong, by which law, what to write instead."""

    number: int
    article: str
    problem: str
    basis: str
    suggestion: str
    nature: str


@dataclass(frozen=True)
class AnsweredItem:
    """An item of the earlier opinion and what the drafting unit did about it; `response` empty: not answered yet."""

    item: OpinionItem
    response: str = ""
    reason: str = ""


@dataclass(frozen=True)
class CheckAnswer:
    """What the reviewer found on one check, by the check's id."""

    check: str
    finding: Finding
    reason: str = ""
    items: tuple[int, ...] = ()


@dataclass(frozen=True)
class MaterialLine:
    """One paper of the package; without a hash it came on paper."""

    role: str
    name: str
    version: int
    sha256: str | None


@dataclass(frozen=True)
class Contact:
    """Whom to ask."""

    name: str
    phone: str = ""


@dataclass(frozen=True)
class OpinionContent:
    """All that an opinion says. Dates are calendar days; `round` counts reviews of this case from 1."""

    case: str
    kind: str
    title: str  # of the draft, without 《》
    draft_role: str
    draft_version: int
    draft_sha256: str | None
    reviewing_organ: str
    addressee: str
    received_on: date
    package_complete_on: date
    issued_on: date
    conclusion: str
    number: str = ""  # 婺司审〔2026〕1号; empty while none is given
    round: int = 1
    earlier_number: str = ""
    reason: str = ""
    items: tuple[OpinionItem, ...] = ()
    earlier: tuple[AnsweredItem, ...] = ()
    checks: tuple[CheckAnswer, ...] = ()
    rules: tuple[str, ...] = ()  # in force for this step of this case
    materials: tuple[MaterialLine, ...] = ()
    notes: tuple[str, ...] = ()  # findings on procedure, in Chinese sentences
    advisers: tuple[str, ...] = ()  # 法律顾问、公职律师 who gave an opinion (MD-21)
    signed_by: tuple[str, ...] = ()
    contact: Contact | None = None
    copies_to: tuple[str, ...] = ()
    supplementary_record: bool = False
    is_secret: bool = False
    catalogs_sha256: str = ""
    checkpoint: str = ""
    is_demo: bool = False


def opinion_paper(content: OpinionContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """The opinion as .docx."""
    return render(opinion_document(content, catalogs, wording))


def opinion_document(content: OpinionContent, catalogs: Catalogs, wording: Wording) -> OfficialDocument:
    """The opinion as blocks, for the page and for tests."""
    return _Opinion(content, catalogs, wording).document()


def feedback_paper(content: OpinionContent, catalogs: Catalogs, wording: Wording) -> bytes:
    """意见采纳情况反馈表 as a paper of its own: the items of this opinion with room for the drafting unit's answers."""
    return render(_Opinion(content, catalogs, wording).feedback())


def adoption_grid(answered: Sequence[AnsweredItem], catalogs: Catalogs, wording: Wording) -> Grid:
    """Items beside what became of them; an item nobody answered says so."""
    say, open_ = wording.say, wording.say(PAPER, "not_answered")
    names = ("number", "article", "opinion", "nature", "response", "reason")
    shares = (1, 2, 5, 1.3, 1.8, 3.2)
    aligns = ("center", "left", "both", "center", "center", "both")
    columns = tuple(
        Column(say(PAPER, f"column_{name}"), share, align)  # type: ignore[arg-type]  # literals, seen as str by zip
        for name, share, align in zip(names, shares, aligns, strict=True)
    )
    rows = tuple(
        (
            str(row.item.number),
            row.item.article or say(PAPER, "item_whole"),
            "\n".join(filter(None, (row.item.problem, row.item.suggestion))),
            catalogs.label(row.item.nature, section="natures"),
            catalogs.label(row.response, section="adoptions") if row.response else open_,
            row.reason,
        )
        for row in answered
    )
    return Grid(columns, rows, size_pt=10.5)


class _Opinion:
    """One opinion on its way to paper."""

    def __init__(self, content: OpinionContent, catalogs: Catalogs, wording: Wording) -> None:
        self.content, self.catalogs, self.wording = content, catalogs, wording

    def say(self, name: str, /, **values: object) -> str:
        return self.wording.say(PAPER, name, self.content.kind, **values)

    def document(self) -> OfficialDocument:
        content = self.content
        return OfficialDocument(
            title=self.title(),
            blocks=tuple(self.blocks()),
            form=Form.LETTER,
            masthead=content.reviewing_organ,
            document_number=content.number,
            addressee=content.addressee,
            attachments=tuple(self.attachment_names()),
            signature=Signature((content.reviewing_organ,), content.issued_on),
            note=self.contact(),
            imprint=Imprint(copies_to=content.copies_to) if content.copies_to else None,
            demo_mark=self.wording.say("common", "demo") if content.is_demo else "",
            small_print=tuple(self.small_print()),
            after=tuple(self.attachments()),
        )

    # ---- head

    def title(self) -> str:
        content = self.content
        paper = self.catalogs.label(TITLE, content.kind, section=TITLES)
        return self.say("title", title=nested(content.title), draft=self.draft(), paper=paper)

    def draft(self) -> str:
        return self.catalogs.roles[self.content.draft_role].label

    def opening(self) -> Iterable[Block]:
        content = self.content
        yield Text(
            self.say(
                "opening",
                received_on=full_date(content.received_on),
                complete_on=full_date(content.package_complete_on),
                title=nested(content.title),
                draft=self.draft(),
                case=content.case,
                more=self.again() + (self.say("late_record") if content.supplementary_record else ""),
            )
        )

    def again(self) -> str:
        content = self.content
        if content.round < 2:
            return ""
        name = "again" if content.earlier_number else "again_unnumbered"
        return self.say(name, round=content.round, earlier=content.earlier_number)

    # ---- body

    def blocks(self) -> Iterable[Block]:
        yield from self.opening()
        yield from self.subject()
        yield from self.basis()
        yield from self.checked()
        yield from self.earlier()
        yield from self.items()
        yield from self.conclusion()
        yield from self.limits()

    def subject(self) -> Iterable[Block]:
        content = self.content
        yield Heading(1, self.say("subject"))
        name = "subject_secret" if content.is_secret else "subject_text"
        yield Text(
            self.say(
                name,
                draft=self.draft(),
                version=content.draft_version,
                count=len(content.materials),
                attachment=self.attachment_label(1),
            )
        )

    def basis(self) -> Iterable[Block]:
        """The grounds of the rules that were in force for this step, each once, unread ones marked (待核)."""
        grounds: dict[str, bool] = {}
        for ground in self.wording.grounds:
            if ground.rule in self.content.rules:
                unverified = self.catalogs.rule(ground.rule).is_unverified
                grounds[ground.text] = grounds.get(ground.text, True) and unverified
        if not grounds:
            return
        yield Heading(1, self.say("basis"))
        mark = self.wording.say("common", "unverified")
        cited = [text + (mark if unverified else "") for text, unverified in grounds.items()]
        yield Text("；".join(cited) + "。")

    def checked(self) -> Iterable[Block]:
        yield Heading(1, self.say("checks"))
        yield from self.checks()
        yield Text(self.counted())
        if self.content.advisers:
            yield Text(self.say("advisers", names="、".join(self.content.advisers)))
        for note in self.content.notes:
            yield Text(self.say("procedure", text=note))

    def checks(self) -> Iterable[Block]:
        """Every check with its answer.

        Items that name no check can belong to any: then no single check is said to be without one, and the checks stand
        in one sentence.
        """
        checks = self.catalogs.checks.get(self.content.kind, ())
        answers = {answer.check: answer for answer in self.content.checks}
        if not answers and self.content.items:
            yield Text(self.say("checks_list", checks="；".join(check.text for check in checks)))
            return
        otherwise: Finding = "unanswered" if answers else "no_items"
        for check in checks:
            answer = answers.get(check.id, CheckAnswer(check.id, otherwise))
            yield Heading(2, f"{check.title}。", then=f"{check.text}。{self.answered(answer)}")

    def answered(self, answer: CheckAnswer) -> str:
        items = "、".join(map(str, answer.items))
        return self.say(f"check_{answer.finding}", reason=ended(answer.reason), items=items)

    def counted(self) -> str:
        items = self.content.items
        if not items:
            return self.say("checks_clean")
        must, should, note = (sum(item.nature == nature for item in items) for nature in NATURES)
        return self.say("checks_overall", count=len(items), must=must, should=should, note=note)

    def earlier(self) -> Iterable[Block]:
        answered = self.content.earlier
        if not answered:
            return
        yield Heading(1, self.say("earlier"))
        adopted, partly, declined = (sum(row.response == response for row in answered) for response in ADOPTIONS)
        open_ = len(answered) - adopted - partly - declined
        yield Text(
            self.say("earlier_text", count=len(answered), adopted=adopted, partly=partly, declined=declined, open=open_)
        )
        yield adoption_grid(answered, self.catalogs, self.wording)

    def items(self) -> Iterable[Block]:
        yield Heading(1, self.say("items"))
        if not self.content.items:
            yield Text(self.say("no_items"))
        for nature in NATURES:
            group = [item for item in self.content.items if item.nature == nature]
            if group:
                yield Heading(2, self.catalogs.label(nature, section="natures"))
                for item in group:
                    yield from self.item(item)

    def item(self, item: OpinionItem) -> Iterable[Block]:
        """The item under its own number, which answers refer to, whatever group it stands in."""
        head = f"{item.number}.{item.article or self.say('item_whole')}。"
        yield Heading(3, head, then=self.say("item_problem", problem=ended(item.problem)), numbered=False)
        if item.basis:
            yield Text(self.say("item_basis", basis=item.basis.rstrip("。")))
        if item.suggestion:
            yield Text(self.say("item_suggestion", suggestion=ended(item.suggestion)))

    def conclusion(self) -> Iterable[Block]:
        yield Heading(1, self.say("conclusion"))
        reason = self.say("reason", reason=ended(self.content.reason)) if self.content.reason else ""
        yield Text(self.say(self.content.conclusion) + reason)

    def limits(self) -> Iterable[Block]:
        yield Heading(1, self.say("limits"))
        for at, name in enumerate(self.limit_names(), 1):
            yield Text(f"{at}.{self.say(name)}")

    def limit_names(self) -> list[str]:
        return ["limit_1", "limit_2", *(["limit_3"] if self.asks_feedback() else [])]

    # ---- end

    def asks_feedback(self) -> bool:
        """Whether somebody has to answer: a note (提示) alone asks for nothing."""
        return any(item.nature != "note" for item in self.content.items)

    def contact(self) -> str:
        contact = self.content.contact
        return self.say("contact", name=contact.name, phone=contact.phone) if contact else ""

    def small_print(self) -> Iterable[str]:
        content, say = self.content, self.wording.say
        if content.signed_by:
            yield self.say("signed", names="、".join(content.signed_by))
        if content.draft_sha256:
            yield self.say("draft_sha256", sha256=content.draft_sha256)
        if content.catalogs_sha256:
            yield say("common", "catalogs", sha256=content.catalogs_sha256)
        stored = say("common", "stored", checkpoint=content.checkpoint)
        yield stored if content.checkpoint else say("common", "not_stored")

    # ---- attachments

    def attachment_names(self) -> Iterable[str]:
        yield self.say("attachment_materials")
        if self.asks_feedback():
            yield self.say("attachment_feedback")

    def attachment_label(self, at: int) -> str:
        """How an attachment is called: one alone bears no number (GB/T 9704)."""
        return self.say("attachment_label", number=at if len(list(self.attachment_names())) > 1 else "")

    def attachments(self) -> Iterable[Block]:
        names = list(self.attachment_names())
        for at, name in enumerate(names, 1):
            yield Attachment(self.attachment_label(at), name)
            yield self.materials() if at == 1 else self.feedback_grid()

    def materials(self) -> Grid:
        columns = (
            Column(self.say("column_number"), 1, "center"),
            Column(self.say("column_paper"), 3, "left"),
            Column(self.say("column_file"), 4, "left"),
            Column(self.say("column_version"), 1, "center"),
            Column(self.say("column_sha256"), 3.2, "center"),
        )
        paper = self.say("on_paper")
        rows = tuple(
            (str(at), line.role, line.name, str(line.version), line.sha256[:_SHORT_SHA256] if line.sha256 else paper)
            for at, line in enumerate(self.content.materials, 1)
        )
        return Grid(columns, rows, size_pt=10.5)

    def feedback_grid(self) -> Grid:
        """Room to answer: the response and reason columns are empty for a person to fill."""
        open_ = [AnsweredItem(item) for item in self.content.items if item.nature != "note"]
        grid = adoption_grid(open_, self.catalogs, self.wording)
        return Grid(grid.columns, tuple((*row[:4], "", "") for row in grid.rows), grid.size_pt)

    def feedback(self) -> OfficialDocument:
        content = self.content
        number = content.number or self.say("unnumbered")
        return OfficialDocument(
            title=self.say("feedback_title"),
            blocks=(
                Text(self.say("feedback_subject", title=content.title, case=content.case, number=number), indent=False),
                self.feedback_grid(),
                Text(self.say("feedback_unit", unit=content.addressee), indent=False),
                Text(self.say("feedback_date"), indent=False),
            ),
            demo_mark=self.wording.say("common", "demo") if content.is_demo else "",
            made_on=content.issued_on,
        )


def nested(title: str) -> str:
    """A title as it stands inside 《》: without its own outer marks, inner ones as 〈〉.

    >>> nested("《婺城区停车管理办法》")
    '婺城区停车管理办法'
    >>> nested("关于修改《婺城区停车管理办法》的决定")
    '关于修改〈婺城区停车管理办法〉的决定'
    """
    inner = title[1:-1] if title.startswith("《") and title.endswith("》") and title.count("《") == 1 else title
    return inner.replace("《", "〈").replace("》", "〉")


def ended(sentence: str) -> str:
    """The sentence with a full stop, whatever the person put there."""
    text = sentence.strip()
    return text if not text or text[-1] in "。！？；" else f"{text.rstrip('，,.')}。"
