"""The words of papers (文书用语): sentences and lists of grounds, read strictly from catalogs/papers.yaml.

In: the catalogs folder. Out: `Wording`, or a CatalogError that names the key. Which sentences a paper has is asked for
by name; one that is asked for and missing is an error when the paper is made, and a test makes every paper.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from review_flows.errors import CatalogError
from review_flows.law.strict import NO_ROWS, Section, YamlFault, parse

FILE = "papers.yaml"
PAPERS = (
    "common", "opinion", "sheet", "meeting", "agenda", "minutes", "pack", "index", "fair_competition",
    "competition_notice", "risk", "comment_report", "comment_notice", "hearing", "party_request", "transfer",
    "post_evaluation", "responsibility", "decision_catalog", "argumentation",
)  # fmt: skip
KINDS = ("normative_document", "major_decision", "government_contract", "enforcement_decision")
_ANY = "label"


@dataclass(frozen=True)
class Ground:
    """How papers cite what a rule rests on."""

    rule: str
    text: str


@dataclass(frozen=True)
class Wording:
    """Sentences by paper, name and kind of case (`label` for any); grounds."""

    sentences: Mapping[str, Mapping[str, Mapping[str, str]]]
    grounds: tuple[Ground, ...]

    def say(self, paper: str, name: str, kind: str = _ANY, /, **values: object) -> str:
        """The sentence with these values in its places; what a value contains is never read as a place.

        Raises CatalogError for a sentence that is not there, or one with a place that has no value.
        """
        forms = self.sentences.get(paper, {}).get(name)
        if forms is None:
            raise CatalogError(FILE, f"{paper}.{name}", "缺少这一句")
        template = forms.get(kind) or forms.get(_ANY)
        if template is None:
            raise CatalogError(FILE, f"{paper}.{name}", f"没有 {kind} 的写法，也没有通用写法 label")
        unknown = places(template) - values.keys()
        if unknown:
            raise CatalogError(FILE, f"{paper}.{name}", f"没有可填入的内容 {'、'.join(sorted(unknown))}")
        return template.format_map(values)


def places(template: str) -> frozenset[str]:
    """The names in braces of a sentence.

    >>> sorted(places("第{number}条，见{paper}"))
    ['number', 'paper']
    """
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def load(folder: Path) -> Wording:
    """The words of papers.yaml in this folder; raises CatalogError."""
    path = folder / FILE
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise CatalogError(FILE, "", "缺少这个文件") from None
    except (OSError, UnicodeDecodeError):
        raise CatalogError(FILE, "", "读不出来：必须是 UTF-8 文本") from None
    return read(text)


@lru_cache(maxsize=2)
def read(text: str) -> Wording:
    """The words of this YAML text; raises CatalogError for the first fault."""
    try:
        root = Section.of(parse(text), "", [])
    except YamlFault as error:
        raise CatalogError(FILE, error.fault.key, error.fault.reason) from None
    sentences = {paper: _sentences(root.section(paper)) for paper in PAPERS if root.need(paper, Section.section, root)}
    grounds = tuple(_ground(row) for row in root.need("basis", Section.rows, NO_ROWS))
    root.close()
    if root.faults:
        raise CatalogError(FILE, root.faults[0].key, root.faults[0].reason)
    return Wording(sentences, grounds)


def _sentences(section: Section) -> dict[str, dict[str, str]]:
    found = {}
    for name in section.raw:
        section.asked.add(name)
        if isinstance(section.raw[name], dict):
            inner = section.section(name)
            found[name] = {kind: _sentence(inner, kind) for kind in (_ANY, *KINDS) if inner.has(kind)}
            inner.close()
        else:
            found[name] = {_ANY: _sentence(section, name)}
    return found


def _sentence(section: Section, key: str) -> str:
    """A text whose braces are plain names: no format specification, no attribute, no index."""
    text = section.text(key)
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        section.fault(key, "花括号不成对")
        return ""
    for _, name, form, conversion in parsed:
        if name is not None and (not name.isidentifier() or form or conversion):
            section.fault(key, "花括号里只能是名称")
    return text


def _ground(row: Section) -> Ground:
    ground = Ground(row.need("rule", Section.text, ""), row.need("text", Section.text, ""))
    row.close()
    return ground
