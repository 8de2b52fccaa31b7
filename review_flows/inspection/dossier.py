"""一件一卷: a case as one file that an inspector takes away and verifies without us.

    目录.docx               what is in it, with hashes
    材料/…                  every document under its name, every version
    审核签批单.docx          who said what, when, in which round, as the case stands now
    timeline.json          the case's events, oldest first
    case.json              `case show`
    audit/…                its entries with their proofs, the checkpoint that signs them, the public key, a verifier
    manifest-sha256.txt    `sha256sum -c` checks all of it

Reading a dossier out is itself an event.
"""

import json
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from sqlmodel import Session, col, select

from review_flows.cases.case import Case, CaseDocument
from review_flows.cases.papers import index_of, sign_off_sheet
from review_flows.cases.show import show, timeline
from review_flows.cases.standing import find_case
from review_flows.errors import ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import SYSTEM, Actor, record
from review_flows.records.database import reading, writing
from review_flows.records.export import case_files
from review_flows.records.home import Home

FOLDER = "材料"


@dataclass(frozen=True)
class Filed:
    """A document of the case and the name that it has in the dossier."""

    paper: CaseDocument
    name: str


def write_dossier(home: Home, catalogs: Catalogs, number: str, out: Path, *, actor: Actor = SYSTEM) -> Path:
    """Write the dossier of a case; NotFound for an unknown case, ReviewFlowsError where `out` cannot be written."""
    files = dossier_files(home, catalogs, number, actor=actor)
    manifest = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in {**files, "manifest-sha256.txt": manifest.encode()}.items():
                archive.writestr(name, data)
    except OSError as error:
        raise ReviewFlowsError(f"卷宗写不到 {out}：{error.strerror or error}。请换一个位置。") from error
    return out


def dossier_files(home: Home, catalogs: Catalogs, number: str, *, actor: Actor) -> dict[str, bytes]:
    """Every file of the dossier by its name."""
    with writing(home.engine) as session:
        case = find_case(session, number)
        record(session, "dossier.exported", actor=actor, at=home.now(), case=case.number)
    with reading(home.engine) as session:
        case = find_case(session, number)
        filed = _filed(session, catalogs, case)
        files = {entry.name: home.store.read(entry.paper.sha256) for entry in filed if entry.paper.sha256}
        files["审核签批单.docx"] = sign_off_sheet(session, home, catalogs, case)
        files["目录.docx"] = index_of(session, home, catalogs, case, [(entry.name, entry.paper) for entry in filed])
        files["timeline.json"] = _json(timeline(session, number))
        files["case.json"] = _json(show(session, catalogs, number, now=home.now()))
    return files | {f"audit/{name}": data for name, data in case_files(home, number).items()}


def _filed(session: Session, catalogs: Catalogs, case: Case) -> list[Filed]:
    """All versions of all documents, in the order they came, each under a name of its own."""
    query = select(CaseDocument).where(CaseDocument.case == case.number).order_by(col(CaseDocument.id))
    filed = []
    for place, paper in enumerate(session.exec(query), 1):
        label = catalogs.label(paper.role, case.kind)
        suffix = PurePosixPath(paper.name).suffix if paper.sha256 else "（纸质）"
        filed.append(Filed(paper, f"{FOLDER}/{place:02d}-{label}-第{paper.version}版{suffix}"))
    return filed


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
