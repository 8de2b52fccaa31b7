"""What a red-flag rule is: patterns of words with what the reviewer is told, and where each of them speaks.

The rules themselves are data (`catalogs/screening/`), read by `redflag_catalog`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from review_flows.text.findings import Severity
from review_flows.text.patterns import Pattern
from review_flows.text.vocabulary import Vocabulary

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")


@dataclass(frozen=True)
class Setting:
    """Where a rule or pattern speaks: kinds of document, ranks of text. Empty: everywhere.

    `speaks_of`: concepts by which the clause itself tells that it belongs to such a document (投标人 in a notice).
    """

    doc_types: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    speaks_of: tuple[str, ...] = ()

    def covers(self, doc_type: str, level: str) -> bool:
        """Whether a document of this kind or a text of this rank is meant."""
        return doc_type in self.doc_types or level in self.levels


@dataclass(frozen=True)
class RulePattern:
    """One way in which a clause offends: any of `find`, all of `with_`, none of `unless`.

    `about`: words of which one must stand in the clause or in the title of the paper. `settled_by_basis`: whether a
    law named in the clause settles the matter (by default as the rule says); not so where the clause names the laws
    only vaguely and then fixes a sanction of its own.
    `numbers` are those of all `find`. `yields_to` has the rules that say what is wrong better where a clause raises
    them as well, the first that does leading.
    """

    key: str
    find: tuple[Pattern, ...]
    with_: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    about: tuple[str, ...]
    only_in: Setting
    not_in: Setting
    items: tuple[str, ...]
    severity: Severity
    numbers: frozenset[int]
    yields_to: tuple[str, ...]
    settled_by_basis: bool


@dataclass(frozen=True)
class Example:
    """A clause that a rule must or must not catch, with the kind of document it stands in."""

    text: str
    doc_type: str = ""
    maker: str = ""
    level: str = ""


@dataclass(frozen=True)
class Rule:
    """One red flag: what it says to the reviewer, and the patterns by which it is found."""

    id: str
    name: str
    severity: Severity
    citation: str
    message: str
    may_be_fine: str
    write_instead: str
    patterns: tuple[RulePattern, ...]
    unless: tuple[Pattern, ...]
    not_after: tuple[str, ...]
    not_in: Setting
    silenced_by_denial: bool
    hits: tuple[Example, ...]
    misses: tuple[Example, ...]

    @cached_property
    def unsettled_first(self) -> tuple[RulePattern, ...]:
        """The patterns for a clause that cites a law: first those that say what is wrong in spite of it."""
        return tuple(sorted(self.patterns, key=lambda one: one.settled_by_basis))


@dataclass(frozen=True)
class ChecklistItem:
    """One of the items of 公平竞争审查条例 arts. 8–11."""

    id: str
    article: str
    text: str


@dataclass(frozen=True)
class Level:
    """A rank of texts and how it is told: words at the start and the end of the title, all words of its head."""

    name: str
    starts: str
    ends: tuple[str, ...]
    head: tuple[str, ...]

    def fits(self, title: str, head: str) -> bool:
        """Whether a text with this title and these first lines is of the rank."""
        return title.startswith(self.starts) and title.endswith(self.ends) and all(word in head for word in self.head)


@dataclass(frozen=True)
class Documents:
    """How the kind and the rank of a paper are told: by the kind of its case, or by words of its title."""

    doc_types: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str]
    otherwise: str
    with_parties: str
    parties: tuple[str, ...]
    levels: tuple[Level, ...]
    ranks: tuple[str, ...]

    def called(self, name: str) -> str:
        """The kind of paper that a name such as 招标文件 or 行政机关合同 means; the name itself where it is none."""
        if name in self.doc_types:
            return name
        return next((kind for kind, words in self.doc_types.items() if any(word in name for word in words)), name)

    def rank(self, name: str) -> str:
        """The rank of text that a kind of paper is (政府规章: 规章); empty where it is none."""
        return next((rank for rank in self.ranks if name.endswith(rank)), "")

    def doc_type(self, title: str, kind: str | None, *, has_parties: bool) -> str:
        """行政规范性文件, 合同, 协议 or 招标采购文件; `has_parties`: the text speaks of 甲方, 乙方 like a contract."""
        by_title = next((name for name, words in self.doc_types.items() if any(word in title for word in words)), None)
        by_kind = self.kinds.get(kind or "", self.otherwise)
        if kind is not None and by_kind not in self.doc_types:
            return by_kind
        return by_title or (self.with_parties if has_parties and kind is None else by_kind)

    def level(self, title: str, head: str, kind: str | None) -> str:
        """The rank of a text that is no draft of ours (地方性法规 …); empty for papers of a case."""
        if kind is not None:
            return ""
        return next((level.name for level in self.levels if level.fits(title, head)), "")


@dataclass(frozen=True)
class RedFlags:
    """All clause rules, the vocabulary they share and the fair-competition checklist."""

    rules: Mapping[str, Rule]
    vocabulary: Vocabulary
    compounds: Mapping[str, tuple[Pattern, ...]]
    checklist: tuple[ChecklistItem, ...]
    basis: tuple[Pattern, ...]
    historic: tuple[Pattern, ...]
    denials: tuple[Pattern, ...]
    documents: Documents
