"""The document server: `GET /documents/{sha256}?token=…` on loopback, for the readers of a form.

A link holds for one document, one wait and its role, 30 days at most, and no longer than the wait is open. Every
fetch is in the trail, and so is every use of a link that has ended. What is sent is what was stored: the hash is
checked first.
"""

import threading
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Response
from sqlmodel import Session, select

from review_flows.cases.case import CaseDocument, Wait
from review_flows.errors import NotFound, ReviewFlowsError
from review_flows.flows.links import read_token
from review_flows.records.audit import Actor, record
from review_flows.records.database import reading, writing
from review_flows.records.documents import Document
from review_flows.records.home import Home

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def application(home: Home) -> FastAPI:
    """The server over a home."""
    app = FastAPI(title="法审文件服务", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/documents/{sha256}")
    def document(sha256: str, token: str = "") -> Response:  # noqa: S107  # no password: without one, nothing opens
        return _send(home, sha256, token)

    @app.get("/health")
    def health() -> Mapping[str, str]:
        return {"status": "ok"}

    return app


def _send(home: Home, sha256: str, given: str) -> Response:
    opened = read_token(home, sha256, given)
    if opened is None:
        raise HTTPException(403, "链接无效。请从待办表单中重新打开。")
    wait_id, until = opened
    with reading(home.engine) as session:
        wait = session.get(Wait, wait_id)
        paper = _paper(session, wait, sha256)
        media_type = found.media_type if (found := session.get(Document, sha256)) else "application/octet-stream"
    if wait is None or paper is None:
        raise HTTPException(404, "没有找到这份文件。")
    now = home.now()
    if refusal := _refusal(wait, until, now):
        _note(home, "document.refused", wait, sha256, now, reason=refusal)
        raise HTTPException(410, refusal)
    data = _stored(home, sha256)
    _note(home, "document.fetched", wait, sha256, now)
    return Response(data, media_type=media_type, headers={**_HEADERS, "Content-Disposition": _disposition(paper.name)})


def _refusal(wait: Wait, until: datetime, now: datetime) -> str | None:
    if now > until:
        return "链接已过期。请从待办表单中重新打开。"
    if wait.closed_at is not None:
        return "这项待办已经结束，链接随之失效。"
    return None


def _stored(home: Home, sha256: str) -> bytes:
    try:
        return home.store.read(sha256)
    except NotFound as error:
        raise HTTPException(404, str(error)) from error
    except ReviewFlowsError as error:
        raise HTTPException(500, str(error)) from error


def _paper(session: Session, wait: Wait | None, sha256: str) -> CaseDocument | None:
    """The paper under its name in this wait's case; a document of another case has no link here."""
    if wait is None:
        return None
    query = select(CaseDocument).where(CaseDocument.case == wait.case, CaseDocument.sha256 == sha256)
    return session.exec(query).first()


def _note(home: Home, event: str, wait: Wait, sha256: str, now: datetime, *, reason: str | None = None) -> None:
    reader = Actor("link", role=wait.role, unit=wait.unit)
    with writing(home.engine) as session:
        record(
            session, event, actor=reader, at=now, case=wait.case, step=wait.step, round=wait.round,
            subject=("wait", str(wait.id)), documents=[sha256], reason=reason,
        )  # fmt: skip


def _disposition(name: str) -> str:
    """Saved under its own name; browsers take the Chinese one, others see ASCII."""
    ascii_name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


class DocumentServer:
    """The server in a thread of this process."""

    def __init__(self, home: Home) -> None:
        import uvicorn

        self._server = uvicorn.Server(
            uvicorn.Config(
                application(home),
                host="127.0.0.1",
                port=home.settings.documents_port,
                log_level="error",
                access_log=False,  # addresses carry tokens
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(target=self._server.run, name="documents", daemon=True)

    def start(self) -> None:
        """Start serving; ReviewFlowsError where the port is taken."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise ReviewFlowsError("文件服务未能启动：端口被占用。请另设 REVIEW_FLOWS_DOCUMENTS_PORT。")
            self._thread.join(0.05)

    def stop(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(10)
