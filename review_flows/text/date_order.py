"""Dates of a paper that cannot follow each other, and days that no calendar has.

In: a `Draft`. Out: places with the sentence that says what is wrong (DOC_DATEORDER in `form`). Dates of a text that is
cited or of its history are left alone: only the number, the signature, the adoption on the cover, the clauses on effect
and validity, and spans written from … to … are held against each other.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import TypeAlias

from review_flows.law.document_numbers import DocumentNumber, read_document_number
from review_flows.text.dates import DATE, find_dates
from review_flows.text.draft import Block, Draft
from review_flows.text.findings import Place

Fault: TypeAlias = tuple[Place, str]

_ADOPTED = re.compile(
    rf"(?P<date>{DATE})[^。；\n]{{0,40}}?(?:会议|审议|讨论|研究|审定)[^。；\n]{{0,20}}?(?:通过|同意|审定|决定)"
)
_FROM_TO = re.compile(rf"(?P<start>{DATE})\s?(?:起|开始)?\s?(?:至|到|—|－|-|~|～)\s?(?P<end>{DATE})")


def faults(draft: Draft) -> Iterator[Fault]:
    """Every date of the paper that cannot be, or cannot be where it is."""
    yield from _number_of_another_year(draft)
    yield from _adopted_after_signing(draft)
    yield from _valid_until_before_it_begins(draft)
    yield from _printed_before_signing(draft)
    for block in draft.blocks:
        if "日" in block.text:
            yield from _reversed_spans(draft, block)
            yield from _impossible_days(draft, block)


def own_number(draft: Draft) -> tuple[Block, DocumentNumber] | None:
    """The line with the paper's own number, read."""
    for block in draft.blocks:
        if (
            block.kind == "document_number"
            and (number := read_document_number(block.text.split("　　")[0])) is not None
        ):
            return block, number
    return None


def day(on: date) -> str:
    """A date as papers write it."""
    return f"{on.year}年{on.month}月{on.day}日"


def _number_of_another_year(draft: Draft) -> Iterator[Fault]:
    own, signed_on = own_number(draft), draft.signed_on
    if own and signed_on and own[1].year and own[1].year != signed_on.year:
        message = f"发文字号的年份（{own[1].year}）与成文日期（{day(signed_on)}）不一致。"
        yield draft.place(own[0], 0, len(own[0].text)), message


def _adopted_after_signing(draft: Draft) -> Iterator[Fault]:
    signed_on = draft.signed_on
    first_article = draft.articles[0].block if draft.articles else len(draft.blocks) + 1
    for block in draft.blocks[: first_article - 1] if signed_on else ():
        for match in _ADOPTED.finditer(block.text):
            adopted = next(find_dates(match["date"])).on
            if signed_on and adopted and adopted > signed_on:
                message = f"审议日期（{day(adopted)}）晚于成文日期（{day(signed_on)}）。"
                yield draft.place(block, match.start(), match.end()), message


def _valid_until_before_it_begins(draft: Draft) -> Iterator[Fault]:
    begins = next((clause.on for clause in draft.effective if clause.on), draft.signed_on)
    for clause in draft.validity:
        if clause.on and begins and clause.on < begins:
            yield clause.place, f"有效期届满日（{day(clause.on)}）早于施行日期（{day(begins)}）。"


def _printed_before_signing(draft: Draft) -> Iterator[Fault]:
    signed_on, printed_on = draft.signed_on, draft.printed_on
    if signed_on and printed_on and printed_on < signed_on:
        imprints = (b for b in draft.blocks if b.kind == "imprint")
        block = next(b for b in imprints if any(d.on == printed_on for d in find_dates(b.text)))
        message = f"印发日期（{day(printed_on)}）早于成文日期（{day(signed_on)}）。"
        yield draft.place(block, 0, len(block.text)), message


def _reversed_spans(draft: Draft, block: Block) -> Iterator[Fault]:
    for match in _FROM_TO.finditer(block.text):
        start, end = (next(find_dates(match[part])).on for part in ("start", "end"))
        if start and end and end < start and not any(c.text in block.text for c in draft.validity):
            message = f"起止日期颠倒：{match['start']}至{match['end']}。"
            yield draft.place(block, match.start(), match.end()), message


def _impossible_days(draft: Draft, block: Block) -> Iterator[Fault]:
    for found in find_dates(block.text):
        if found.on is None:
            yield draft.place(block, found.start, found.end), f"没有{found.text}这一天。"
