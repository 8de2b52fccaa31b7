"""The demonstration's own packages: drafts, notes, opinions of all four kinds, written for it and nobody's papers.

In: a folder to write to. Out: folders as a department would send them (submission.yaml and .docx in proper layout), and
the answers reviewers give in the demonstration. The texts lie beside this module, in the marks of `papers.drafting`; a
package that goes to an open case gets its number when it is laid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from review_flows.errors import NotFound
from review_flows.papers.drafting import compose
from review_flows.papers.layout import render

SUBMISSION = "submission.yaml"
ANSWERS, ACTS, FILES = "answers", "acts.yaml", "files"
MARK = "演示材料　非真实文件"  # at the head of every page: nobody may take a sample for a draft of the district
_CASE_PLACE = "{case}"


@dataclass(frozen=True)
class Package:
    """One package of the demonstration: the kind of its case, its name, and whether it goes to an open case."""

    kind: str
    name: str

    @property
    def opens_a_case(self) -> bool:
        """Whether it is the first of its case."""
        return self.name == "first"

    @property
    def id(self) -> str:
        """Kind and name, such as normative_document/supplement."""
        return f"{self.kind}/{self.name}"


PACKAGES = (
    Package("normative_document", "first"),  # lacks its basis
    Package("normative_document", "supplement"),
    Package("normative_document", "second"),
    Package("major_decision", "first"),
    Package("major_decision", "party_report"),
    Package("major_decision", "execution"),
    Package("government_contract", "first"),
    Package("government_contract", "second"),
    Package("government_contract", "signed"),
    Package("enforcement_decision", "first"),
    Package("enforcement_decision", "second"),
)


def build(folder: Path) -> dict[str, Path]:
    """The packages that open a case, laid under the folder; package id → its folder."""
    return {package.id: lay(package.id, folder) for package in PACKAGES if package.opens_a_case}


def lay(package: str, folder: Path, case: str = "") -> Path:
    """One package, laid as `folder/<kind>-<name>`; `case` is the number of the open case that it goes to.

    Raises NotFound for a package that is not there.
    """
    found = next((each for each in PACKAGES if each.id == package), None)
    if found is None:
        raise NotFound("演示材料", package)
    target = folder / f"{found.kind}-{found.name}"
    target.mkdir(parents=True)
    for source in _sources(found):
        if source.name.endswith(".txt"):
            name = source.name.removesuffix(".txt") + ".docx"
            (target / name).write_bytes(render(compose(source.read_text("utf-8"), source.name, demo_mark=MARK)))
        else:
            (target / source.name).write_text(source.read_text("utf-8").replace(_CASE_PLACE, case), "utf-8")
    return target


def answer(kind: str, name: str) -> Mapping[str, Any]:
    """The answer a person gives in the demonstration (`sign --answer`), such as legality_review_1; NotFound."""
    source = _root(kind) / ANSWERS / f"{name}.yaml"
    if not source.is_file():
        raise NotFound("演示答复", f"{kind}/{name}")
    found: Mapping[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    return found


def acts(kind: str) -> Mapping[str, Any]:
    """What people do beside the forms, step → acts (see the head of acts.yaml); none where the kind has none."""
    source = _root(kind) / ACTS
    found: Mapping[str, Any] = yaml.safe_load(source.read_text("utf-8")) if source.is_file() else {}
    return found


def lay_files(kind: str, folder: Path) -> Path:
    """The files that the acts of a kind bring in (comments that came, filled sheets), laid as `folder/<kind>-files`."""
    target = folder / f"{kind}-{FILES}"
    if not target.exists():
        target.mkdir(parents=True)
        for source in sorted((_root(kind) / FILES).iterdir(), key=lambda each: each.name):
            (target / source.name).write_bytes(source.read_bytes())
    return target


def _root(kind: str) -> Traversable:
    return files(__package__) / kind


def _sources(package: Package) -> list[Traversable]:
    """The files of a package in a fixed order."""
    return sorted((_root(package.kind) / package.name).iterdir(), key=lambda source: source.name)
