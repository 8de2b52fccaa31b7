"""Reads `catalogs/screening/` into frozen red-flag rules with compiled patterns.

In: `concepts.yaml` (vocabulary), `clauses/*.yaml` (rules with patterns, and examples that they must and must not catch)
and `fair_competition.yaml` (the checklist of arts. 8–11). Out: one `RedFlags`. Refused with the file and the key: an
unknown key, a concept that is not in the vocabulary, an expression that could run away, an example that is no text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from review_flows.errors import CatalogError
from review_flows.law.strict import YamlFault, flag
from review_flows.law.strict import parse as parse_yaml
from review_flows.text.expressions import safe_expression
from review_flows.text.findings import Severity
from review_flows.text.patterns import Pattern, literal, parse
from review_flows.text.redflags import (
    SEVERITIES,
    ChecklistItem,
    Documents,
    Example,
    Level,
    RedFlags,
    Rule,
    RulePattern,
    Setting,
)
from review_flows.text.vocabulary import Names, Vocabulary, index_words, phrases

# Concepts that vocabulary.mark finds by itself.
_FOUND_BY_NAME = ("named_place", "own_place", "named_firm")


def load(catalogs: Path) -> RedFlags:
    """The red-flag rules of a catalogs folder, read once as long as the files stay as they are."""
    folder = catalogs / "screening"
    files = sorted(
        [*folder.glob("concepts.yaml"), *folder.glob("fair_competition.yaml"), *folder.glob("clauses/*.yaml")]
    )
    if not files:
        raise CatalogError(str(folder), "", "没有初筛规则文件")
    return _load(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files))


@lru_cache(maxsize=4)
def _load(files: tuple[tuple[Path, int, int], ...]) -> RedFlags:
    contents = {path: read_strictly(path) for path, _, _ in files}
    concepts = next((content for path, content in contents.items() if path.name == "concepts.yaml"), None)
    if concepts is None:
        raise CatalogError("screening/concepts.yaml", "", "文件不存在")
    words = _words(concepts["words"])
    simple = frozenset(words) | frozenset(concepts["shapes"]) | frozenset(_FOUND_BY_NAME)
    known = simple | frozenset(concepts["compounds"])
    groups = {group: tuple(members.split()) for group, members in concepts["groups"].items()}
    _refuse_unknown_members(groups, known)
    reader = _RuleReader(known, words, groups)
    compounds = {
        name: reader.patterns("concepts.yaml", f"compounds.{name}", rows)
        for name, rows in concepts["compounds"].items()
    }
    _refuse_circles(simple, compounds)
    rules: dict[str, Rule] = {}
    for path, content in contents.items():
        if path.parent.name == "clauses":
            for identity, entry in content["rules"].items():
                if identity in rules:
                    raise CatalogError(path.name, identity, "规则编号重复")
                rules[identity] = reader.rule(path.name, identity, entry)
    checklist: dict[str, Any] = next(
        (content for path, content in contents.items() if path.name == "fair_competition.yaml"), {"items": []}
    )
    _refuse_unclear_order(rules)
    basis = reader.patterns("concepts.yaml", "basis", concepts["basis"])
    historic = reader.patterns("concepts.yaml", "historic", concepts["historic"])
    denials = reader.patterns("concepts.yaml", "denials", concepts["denials"])
    vocabulary = _vocabulary(concepts, words, simple, reader)
    items = tuple(
        ChecklistItem(**_only(item, ("id", "article", "text"), "fair_competition.yaml")) for item in checklist["items"]
    )
    return RedFlags(rules, vocabulary, compounds, items, basis, historic, denials, _documents(concepts["documents"]))


def read_strictly(path: Path) -> dict[str, Any]:
    """A YAML file as a mapping of texts, lists and mappings; CatalogError where it is none, or a key stands twice."""
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
    except (YamlFault, UnicodeDecodeError) as error:
        fault = getattr(error, "fault", None)
        raise CatalogError(
            path.name, fault.key if fault else "", fault.reason if fault else "不是 UTF-8 文本"
        ) from error
    if not isinstance(content, dict):
        raise CatalogError(path.name, "", "应为键值结构")
    return content


def _documents(entry: Any) -> Documents:
    where = "concepts.yaml documents"
    _only(entry, ("doc_types", "kinds", "otherwise", "with_parties", "parties", "levels", "ranks"), where)
    return Documents(
        doc_types={name: tuple(words.split()) for name, words in entry["doc_types"].items()},
        kinds=entry["kinds"],
        otherwise=entry["otherwise"],
        with_parties=entry["with_parties"],
        parties=tuple(entry["parties"].split()),
        levels=tuple(_level(_only(level, ("name", "starts", "ends", "head"), where)) for level in entry["levels"]),
        ranks=tuple(entry["ranks"].split()),
    )


def _level(entry: Mapping[str, str]) -> Level:
    ends, head = (tuple(entry.get(key, "").split()) for key in ("ends", "head"))
    return Level(entry["name"], entry.get("starts", ""), ends or ("",), head)


def _only(entry: Any, keys: Iterable[str], where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise CatalogError(where, "", "应为键值结构")
    unknown = sorted(set(entry) - set(keys))
    if unknown:
        raise CatalogError(where, unknown[0], "不认识的键")
    return entry


def _words(listed: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Every concept's words, with `<other>` replaced by the words of that concept and `本(市|县)` spelled out."""
    done: dict[str, tuple[str, ...]] = {}

    def spell(concept: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
        if concept in above or concept not in listed:
            raise CatalogError("concepts.yaml", concept, "概念不存在或互相引用")
        if concept not in done:
            found: list[str] = []
            for word in str(listed[concept]).split():
                if word.startswith("<"):
                    found += spell(word[1:-1], (*above, concept))
                else:
                    found += phrases(word)
            done[concept] = tuple(dict.fromkeys(found))
        return done[concept]

    for concept in listed:
        spell(concept)
    return done


def _vocabulary(
    concepts: Mapping[str, Any], words: dict[str, tuple[str, ...]], known: frozenset[str], reader: "_RuleReader"
) -> Vocabulary:
    shapes = {concept: _shape(source, concept) for concept, source in concepts["shapes"].items()}
    hidden_by = concepts["hidden_by"]
    for concept, mask in hidden_by.items():
        if concept not in known or mask not in words:
            raise CatalogError("concepts.yaml", f"hidden_by.{concept}", "概念不存在")
    places, firms = concepts["places"], concepts["firms"]
    names = Names(
        suffixes=frozenset(places["suffixes"]),
        never_in_a_name=frozenset(places["never_in_a_name"]),
        not_places=frozenset(word for listed in places["not_places"].split() for word in phrases(listed)),
        nevertheless=frozenset(places["nevertheless"].split()),
        not_followed_by=frozenset(places["not_followed_by"].split()),
        organ=_shape(places["organ_follows"], "places.organ_follows"),
        firm=_shape(firms["shape"], "firms.shape"),
        brand=_shape(firms["brand"], "firms.brand"),
        branch=_shape(firms["branch_follows"], "firms.branch_follows"),
        trades=frozenset(firms["trades"].split()),
        not_firms=frozenset(firms["not_firms"].split()),
        before_a_firm=tuple(firms["led_up_to_by"].split()),
    )
    spelled: dict[str, tuple[str, ...]] = {**words, **{literal(word): (word,) for word in reader.literals}}
    return Vocabulary(index_words(spelled), shapes, hidden_by, names, reader.rows)


def _shape(source: str, where: str) -> re.Pattern[str]:
    try:
        return safe_expression(source)
    except ValueError as error:
        raise CatalogError("concepts.yaml", where, str(error)) from error


def _refuse_unknown_members(groups: Mapping[str, tuple[str, ...]], known: frozenset[str]) -> None:
    for group, members in groups.items():
        if group in known or not known.issuperset(members):
            raise CatalogError("concepts.yaml", f"groups.{group}", "与概念同名，或含有不存在的概念")


def _refuse_circles(simple: frozenset[str], compounds: Mapping[str, tuple[Pattern, ...]]) -> None:
    """A compound may be made of concepts and of the compounds before it, since they are found in this order."""
    known = set(simple)
    for name, rows in compounds.items():
        if name in known:
            raise CatalogError("concepts.yaml", f"compounds.{name}", "与概念同名")
        used = {concept for row in rows for concept in row.concepts if not concept.startswith("=")}
        if not used <= known:
            raise CatalogError("concepts.yaml", f"compounds.{name}", f"用到排在后面的概念 {min(used - known)}")
        known.add(name)


def _refuse_unclear_order(rules: Mapping[str, Rule]) -> None:
    """Rules give way to rules that exist, and never in a circle."""
    order = {name: {to for one in rule.patterns for to in one.yields_to} for name, rule in rules.items()}
    for name, directly in order.items():
        if unknown := sorted(directly - set(rules)):
            raise CatalogError("screening/clauses", f"{name}.yields_to", f"没有规则 {unknown[0]}")
    for name, directly in order.items():
        reached, waiting = set[str](), set(directly)
        while waiting:
            following = waiting.pop()
            reached.add(following)
            waiting |= order[following] - reached
        if name in reached:
            raise CatalogError("screening/clauses", f"{name}.yields_to", "规则互相让先，分不出先后")


class _RuleReader:
    """Reads rules from YAML and remembers the literal words of their patterns for the word index."""

    def __init__(
        self, known: frozenset[str], words: Mapping[str, tuple[str, ...]], groups: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._known = known
        self._words = words
        self._groups = groups
        self.literals: set[str] = set()
        self._rows: dict[str, set[int]] = {}
        self._number = 0

    def rule(self, file: str, identity: str, entry: Any) -> Rule:
        """One rule; every text that the reviewer sees must be there."""
        keys = {"name", "severity", "citation", "message", "may_be_fine", "write_instead", "patterns"}
        flags = {"settled_by_basis", "silenced_by_denial"}
        optional = {"unless", "not_after", "not_in", "hits", "misses", "items", "yields_to"} | flags
        _only(entry, keys | optional, f"{file} {identity}")
        lacking = sorted(keys - set(entry))
        if lacking:
            raise CatalogError(file, identity, f"缺少 {lacking[0]}")
        return Rule(
            id=identity,
            **{key: _text(file, f"{identity}.{key}", entry[key]) for key in sorted(keys - {"patterns", "severity"})},
            severity=_severity(file, identity, entry["severity"]),
            patterns=tuple(
                self._pattern(file, f"{identity}.{key}", key, one, entry) for key, one in entry["patterns"].items()
            ),
            unless=self.patterns(file, f"{identity}.unless", entry.get("unless", [])),
            not_after=self._concepts(file, identity, entry.get("not_after", "")),
            not_in=self._setting(file, identity, entry.get("not_in", {})),
            silenced_by_denial=_flag(file, f"{identity}.silenced_by_denial", entry.get("silenced_by_denial", "false")),
            hits=tuple(_example(file, identity, one) for one in entry.get("hits", [])),
            misses=tuple(_example(file, identity, one) for one in entry.get("misses", [])),
        )

    def patterns(self, file: str, where: str, sources: Any) -> tuple[Pattern, ...]:
        """Patterns of a list; each concept must be known."""
        if not isinstance(sources, list):
            raise CatalogError(file, where, "应为列表")
        found = []
        for source in sources:
            try:
                pattern = self._spread(parse(str(source)))
            except ValueError as error:
                raise CatalogError(file, where, str(error)) from error
            self._check(file, where, pattern.concepts)
            found.append(pattern)
        return tuple(found)

    def _spread(self, pattern: Pattern) -> Pattern:
        """The pattern with every group replaced by its concepts, numbered."""
        parts = tuple(
            tuple(one for choice in part for one in self._groups.get(choice, (choice,))) for part in pattern.parts
        )
        self._number += 1
        for concept in min(parts, key=lambda part: sum(self._frequency(concept) for concept in part)):
            self._rows.setdefault(concept, set()).add(self._number)
        return replace(pattern, parts=parts, number=self._number)

    @property
    def rows(self) -> dict[str, frozenset[int]]:
        """For each concept the numbers of the rows whose rarest part it is, or is one of."""
        return {concept: frozenset(numbers) for concept, numbers in self._rows.items()}

    def _frequency(self, concept: str) -> int:
        """A rough guess how often a concept stands in a text: how many words it has; shapes and names are frequent."""
        return 1 if concept.startswith("=") else len(self._words.get(concept, range(100)))

    def _check(self, file: str, where: str, concepts: Iterable[str]) -> None:
        for concept in concepts:
            if concept.startswith("="):
                self.literals.add(concept[1:])
            elif concept not in self._known:
                raise CatalogError(file, where, f"没有概念 <{concept}>")

    def _setting(self, file: str, where: str, entry: Any) -> Setting:
        _only(entry, ("doc_type", "level", "speaks_of"), f"{file} {where}")
        speaks_of = self._concepts(file, f"{where}.speaks_of", entry.get("speaks_of", ""))
        return Setting(frozenset(entry.get("doc_type", [])), frozenset(entry.get("level", [])), speaks_of)

    def _concepts(self, file: str, where: str, source: str) -> tuple[str, ...]:
        concepts = tuple(source.replace("<", "").replace(">", "").split())
        self._check(file, where, concepts)
        return concepts

    def _pattern(self, file: str, where: str, key: str, entry: Any, rule: Mapping[str, Any]) -> RulePattern:
        settings = ("about", "only_in", "not_in", "items", "severity", "yields_to", "settled_by_basis")
        _only(entry, ("find", "with", "unless", *settings), f"{file} {where}")
        settled_by_basis = entry.get("settled_by_basis", rule.get("settled_by_basis", "false"))
        items = entry.get("items", rule.get("items", []))
        yields_to = {**entry.get("yields_to", {}), **rule.get("yields_to", {})}
        for other, reason in yields_to.items():
            _text(file, f"{where}.yields_to.{other}", reason)
        find = self.patterns(file, f"{where}.find", entry.get("find"))
        return RulePattern(
            key=key,
            find=find,
            numbers=frozenset(pattern.number for pattern in find),
            with_=self.patterns(file, f"{where}.with", entry.get("with", [])),
            unless=self.patterns(file, f"{where}.unless", entry.get("unless", [])),
            about=tuple(_text(file, f"{where}.about", entry["about"]).split()) if "about" in entry else (),
            only_in=self._setting(file, where, entry.get("only_in", {})),
            not_in=self._setting(file, where, entry.get("not_in", {})),
            items=tuple(str(item) for item in items),
            severity=_severity(file, where, entry.get("severity", rule["severity"])),
            yields_to=tuple(yields_to),
            settled_by_basis=_flag(file, f"{where}.settled_by_basis", settled_by_basis),
        )


def _example(file: str, where: str, entry: Any) -> Example:
    if isinstance(entry, str):
        return Example(entry)
    fields = _only(entry, ("text", "doc_type", "maker", "level"), f"{file} {where}")
    check: Callable[[str], str] = lambda key: _text(file, f"{where}.{key}", fields[key])  # noqa: E731
    return Example(**{key: check(key) for key in fields})


def _text(file: str, where: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CatalogError(file, where, "应为文字")
    return value.strip()


def _flag(file: str, where: str, value: Any) -> bool:
    found = flag(str(value))
    if found is None:
        raise CatalogError(file, where, "只能写 true 或 false")
    return found


def _severity(file: str, where: str, value: Any) -> Severity:
    found = next((severity for severity in SEVERITIES if severity == value), None)
    if found is None:
        raise CatalogError(file, where, f"严重程度只能是 {'、'.join(SEVERITIES)}")
    return found
