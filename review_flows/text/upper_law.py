"""上位法比对: the articles of a draft beside the articles of higher texts that come nearest to them.

In: a `Draft` and a way to ask for likely provisions of the registered texts (`records/basis_texts` searches them). Out:
for each article the nearest provisions with their likeness, the differing words marked, what in the difference weighs,
and findings: copied passages (RF22) and candidates for a stricter duty or a wider power (DOC_UPPER). A person decides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from review_flows.law.citations import ArticleNumber
from review_flows.law.numerals import read_numeral
from review_flows.law.statutes import in_marks, plain
from review_flows.text.citing import Cited
from review_flows.text.draft import Article, Draft, Paragraph
from review_flows.text.findings import Finding
from review_flows.text.form_rules import FormRules

if TYPE_CHECKING:
    from review_flows.text.meaning import Substance
    from review_flows.text.pieces import Piece

ALIKE = 0.45  # likeness from which a provision is shown as near
SAME_MATTER = 0.6  # likeness from which a difference in numbers and duties says something
SURELY_SAME = 0.75  # likeness from which a stricter word is told although the provision is not cited
COPIED = 0.8  # share of a paragraph's characters that stand in runs taken over from one provision
RUN = 8  # characters; shorter runs recur in every statute
LEAST_COPIED = 40  # characters taken over, below which a repetition is not worth a word
MOST_SHOWN = 3
_WEIGHTY = frozenset({"deontic", "negation", "number", "amount", "period"})
_DUTIES = ("应当", "必须", "不得", "禁止", "严禁", "方可", "须", "不准", "不予")
_FREEDOMS = ("可以", "鼓励", "允许", "有权", "准予", "免予", "应", "无权")
_DIGITS = "〇零一二三四五六七八九十百千万两0123456789０１２３４５６７８９."

Weight = Literal["stricter", "looser", "different"]


@dataclass(frozen=True, slots=True)
class Provision:
    """A paragraph (款) of a registered text: its title, article, number of the paragraph and words."""

    title: str
    article: str
    paragraph: int
    text: str


@dataclass(frozen=True, slots=True)
class Departure:
    """One thing that the draft says otherwise: the type of words, those above and those of the draft (None: none)."""

    type: str
    upper: str | None
    own: str | None
    weight: Weight


@dataclass(frozen=True, slots=True)
class Nearest:
    """A provision beside a paragraph of the draft. `pieces` turn the provision's words into the draft's.

    `likeness` is 2·(common characters)/(all characters); `copied` the share of the draft's paragraph in long common
    runs.
    """

    paragraph: int
    provision: Provision
    likeness: float
    copied: float
    is_cited: bool
    pieces: "tuple[Piece, ...]"
    departures: tuple[Departure, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """An article of the draft with what comes nearest to it, best first."""

    article: Article
    nearest: tuple[Nearest, ...]


Likely = Callable[[str], Sequence[Provision]]
Lookup = Callable[[str, ArticleNumber], Sequence[Provision]]


def compare_with_basis(draft: Draft, likely: Likely, lookup: Lookup, cited: Sequence[Cited] = ()) -> list[Beside]:
    """The articles of the draft that have something near above them, in order.

    `likely` gives provisions that may say the same as a text; `lookup` the paragraphs of a cited article. Articles that
    the draft cites (`cited`) are shown beside the paragraph that cites them even where the words differ widely.
    """
    by_article = _cited_by_article(draft, cited, lookup)
    own_titles = {plain(draft.title), plain(draft.main_title)}
    out = []
    for article in draft.articles:
        nearest = [
            n for p in article.paragraphs for n in _nearest(p, likely, by_article.get((article.block, p.number), ()))
        ]
        kept = [n for n in nearest if plain(n.provision.title) not in own_titles]
        if kept:
            ranked = sorted(kept, key=lambda n: (-n.likeness, not n.is_cited))
            out.append(Beside(article, tuple(_shown(ranked))))
    return out


def _shown(ranked: Sequence[Nearest]) -> Iterator[Nearest]:
    """The best few, and every cited one."""
    for at, nearest in enumerate(ranked):
        if at < MOST_SHOWN or nearest.is_cited:
            yield nearest


def _cited_by_article(draft: Draft, cited: Sequence[Cited], lookup: Lookup) -> dict[tuple[int, int], list[Provision]]:
    """(block of the article, paragraph) → the provisions that are cited there."""
    found: dict[tuple[int, int], list[Provision]] = {}
    for one in cited:
        article = draft.article_of(one.block)
        if article is None or one.article is None or one.place.paragraph is None:
            continue
        name = one.statute.name if one.statute else one.name
        provisions = lookup(name, one.article) if name else ()
        found.setdefault((article.block, one.place.paragraph), []).extend(provisions)
    return found


def _nearest(paragraph: Paragraph, likely: Likely, cited: Sequence[Provision]) -> Iterator[Nearest]:
    text = _bare(paragraph.text)
    seen: set[tuple[str, str, int]] = set()
    for is_cited, provision in [*((True, p) for p in cited), *((False, p) for p in likely(text))]:
        key = (provision.title, provision.article, provision.paragraph)
        if key in seen:
            continue
        seen.add(key)
        likeness = _likeness(_bare(provision.text), text)
        if likeness >= ALIKE or is_cited:
            yield _beside(paragraph, text, provision, likeness, is_cited=is_cited)


def _beside(paragraph: Paragraph, text: str, provision: Provision, likeness: float, *, is_cited: bool) -> Nearest:
    from review_flows.text.meaning import substance  # loaded only where texts are registered
    from review_flows.text.pieces import diff_text

    pieces = tuple(diff_text(_bare(provision.text), text))
    same_matter = likeness >= SAME_MATTER
    departures = tuple(_departure(s) for s in substance(pieces) if s.type in _WEIGHTY) if same_matter else ()
    return Nearest(paragraph.number, provision, round(likeness, 3), _copied(pieces, text), is_cited, pieces, departures)


def _bare(text: str) -> str:
    """The words without the breaks between items: these differ between editions of one text."""
    return "".join(text.split())


def _likeness(upper: str, own: str) -> float:
    from rapidfuzz.distance import Indel

    return float(Indel.normalized_similarity(upper, own))


def _copied(pieces: "Sequence[Piece]", own: str) -> float:
    """The share of the draft's characters that stand in long runs taken over unchanged."""
    taken = sum(len(piece.text) for piece in pieces if piece.kind == "equal" and len(piece.text) >= RUN)
    return round(taken / len(own), 3) if own else 0.0


# --- what a difference weighs ---


def _departure(change: "Substance") -> Departure:
    return Departure(change.type, change.old, change.new, _weight(change))


def _weight(change: "Substance") -> Weight:
    if change.type == "deontic":
        return _weight_of_duty(change.old, change.new)
    if change.type in ("amount", "number") and change.old and change.new:
        before, after = _quantity(change.old), _quantity(change.new)
        if before is not None and after is not None and before != after:
            return "stricter" if after > before else "looser"
    return "different"


def _weight_of_duty(old: str | None, new: str | None) -> Weight:
    if new in _DUTIES and (old is None or old in _FREEDOMS):
        return "stricter"
    if old in _DUTIES and (new is None or new in _FREEDOMS):
        return "looser"
    return "different"


def _quantity(words: str) -> float | None:
    """The number in words such as 五万元, 3.5%, 二十倍; None where there is none."""
    digits = "".join(c for c in words if c in _DIGITS)
    whole, _, fraction = digits.partition(".")
    number = read_numeral(whole) if whole else None
    if number is None:
        return None
    value = number + (float(f"0.{fraction}") if fraction.isdecimal() else 0.0)
    return value * (1e8 if "亿" in words else 1e4 if "万" in words and "万" not in digits else 1.0)


# --- findings ---


def findings(draft: Draft, compared: Sequence[Beside], rules: FormRules) -> list[Finding]:
    """RF22 for passages taken over, DOC_UPPER for duties and numbers that differ from the provision above."""
    return [finding for beside in compared for finding in _findings(draft, beside, rules)]


def _findings(draft: Draft, beside: Beside, rules: FormRules) -> Iterator[Finding]:
    copied: set[int] = set()
    for near in beside.nearest:
        paragraph = beside.article.paragraphs[near.paragraph - 1]
        place = draft.place_in(beside.article, paragraph, 0, len(paragraph.text))
        source = f"{in_marks(near.provision.title)}{near.provision.article}"
        if _is_copy(near, paragraph) and near.paragraph not in copied:
            copied.add(near.paragraph)
            message = f"这一款的{round(near.copied * 100)}%与{source}相同，只是重复上位法。"
            yield rules.wording["RF22"].finding(place, message)
        if telling := [departure for departure in near.departures if _tells(near, departure)]:
            said = "；".join(map(_said, telling))
            yield rules.wording["DOC_UPPER"].finding(place, f"与{source}相比，{said}。")


def _is_copy(near: Nearest, paragraph: Paragraph) -> bool:
    """Whether nearly all of the paragraph was taken over, and nothing of weight changed in it."""
    return near.copied >= COPIED and near.copied * len(_bare(paragraph.text)) >= LEAST_COPIED and not near.departures


def _tells(near: Nearest, departure: Departure) -> bool:
    """Whether a difference is worth a look: stricter than what is surely meant, or another number than cited."""
    if departure.weight == "stricter":
        return near.is_cited or near.likeness >= SURELY_SAME
    both = departure.upper is not None and departure.own is not None
    return near.is_cited and both and departure.type in ("period", "amount", "number")


def _said(departure: Departure) -> str:
    if departure.upper is None:
        return f"本稿多出“{departure.own}”"
    if departure.own is None:
        return f"本稿少了“{departure.upper}”"
    return f"“{departure.upper}”改成了“{departure.own}”"
