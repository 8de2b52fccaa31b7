"""The index of registered texts where the records are on PostgreSQL: tables of the schema `basis`, found by pg_trgm.

In: the same folders as `basis_texts`. Out: the same answers. pg_trgm takes a text apart into groups of three characters
within words, so that a word of two characters, as most Chinese words are, could not be looked up. The text is therefore
kept a second time as its bigrams with blanks between them (合法 法性 性审 审查): then each bigram is a word of its own,
which the index knows. It is a copy of the files in another form, as in `basis_texts`.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from review_flows.law.citations import ArticleNumber
from review_flows.law.statutes import plain
from review_flows.records.basis_texts import BasisText, Match, bigrams, files_in, provisions_of, read_text, titles_like
from review_flows.text.upper_law import Provision

_LEAST_LIKENESS = 0.1  # of two rows of bigrams, as pg_trgm measures it; below, a provision says something else
_SCHEMA = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA IF NOT EXISTS basis;
CREATE TABLE IF NOT EXISTS basis.texts (
    id serial PRIMARY KEY, path text UNIQUE NOT NULL, size bigint NOT NULL, changed bigint NOT NULL,
    sha256 text NOT NULL, title text NOT NULL, plain_title text NOT NULL, articles integer NOT NULL, fault text);
CREATE TABLE IF NOT EXISTS basis.provisions (
    id serial PRIMARY KEY, text_id integer NOT NULL REFERENCES basis.texts ON DELETE CASCADE, article text NOT NULL,
    paragraph integer NOT NULL, body text NOT NULL, spaced text NOT NULL);
CREATE INDEX IF NOT EXISTS provisions_by_article ON basis.provisions (text_id, article);
CREATE INDEX IF NOT EXISTS provisions_by_bigrams ON basis.provisions USING gin (spaced gin_trgm_ops);
"""
_LOCK = 7_214_001  # one program at a time makes the tables or brings them up to date
_NEW_TEXT = text(
    "INSERT INTO basis.texts (path, size, changed, sha256, title, plain_title, articles, fault) VALUES"
    " (:path, :size, :changed, :sha256, :title, :plain_title, :articles, :fault) RETURNING id"
)
_NEW_PROVISION = text(
    "INSERT INTO basis.provisions (text_id, article, paragraph, body, spaced)"
    " VALUES (:text_id, :article, :paragraph, :body, :spaced)"
)
_FROM = "FROM basis.provisions p JOIN basis.texts t ON t.id = p.text_id"
_AMONG = "(cardinality(CAST(:among AS text[])) = 0 OR t.plain_title = ANY(CAST(:among AS text[])))"
_WITH_WORDS = f"""
SELECT t.title, p.article, p.paragraph, p.body, length(p.body) AS rank {_FROM}
 WHERE {_AMONG} AND p.spaced LIKE ALL(CAST(:words AS text[])) ORDER BY rank, t.title, p.id LIMIT :limit
"""
_NEAREST = f"""
SELECT t.title, p.article, p.paragraph, p.body, 1 - similarity(p.spaced, :spaced) AS rank {_FROM}
 WHERE {_AMONG} AND p.spaced % :spaced ORDER BY rank, p.id LIMIT :limit
"""
_BY_ARTICLE = f"""
SELECT t.title, p.article, p.paragraph, p.body {_FROM}
 WHERE t.plain_title = ANY(:titles) AND p.article = :article ORDER BY t.id, p.paragraph
"""


class PostgresTexts:
    """The registered texts of some folders, indexed in a PostgreSQL database; call `refresh` before searching.

    Texts of other folders that stand in the same tables belong to other installations: they are left alone and found
    as well.
    """

    def __init__(self, folders: Sequence[Path], url: str) -> None:
        self._folders = tuple(folders)
        self._engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def refresh(self) -> None:
        """Read what is new or changed, forget what is gone."""
        present = {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files_in(self._folders)}
        with self._engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            connection.exec_driver_sql(_SCHEMA)
            rows = connection.execute(text("SELECT path, size, changed FROM basis.texts"))
            known = {path: (size, changed) for path, size, changed in rows if self._is_ours(Path(path))}
            for path in sorted(known.keys() - present.keys()):
                _forget(connection, path)
            for path, state in sorted(present.items()):
                if known.get(path) != state:
                    _forget(connection, path)
                    _take(connection, Path(path), state)

    def _is_ours(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self._folders)

    def texts(self) -> list[BasisText]:
        """All registered texts, by title."""
        rows = self._ask("SELECT path, title, articles, sha256, fault FROM basis.texts ORDER BY title, path")
        return [BasisText(Path(path), title, articles, sha256, fault) for path, title, articles, sha256, fault in rows]

    def search(self, words: str, *, limit: int = 20, titles: Sequence[str] = ()) -> list[Match]:
        """Provisions in which all these words stand (blanks divide words), the shortest first."""
        asked = [like for word in words.split() if (like := _like(word))]
        return self._found(_WITH_WORDS, limit, titles, words=asked) if asked else []

    def nearest(self, body: str, *, limit: int = 6, titles: Sequence[str] = ()) -> list[Match]:
        """Provisions that share most with a text, best first; their likeness is measured elsewhere."""
        spaced = _spaced(body)
        return self._found(_NEAREST, limit, titles, spaced=spaced) if spaced.strip() else []

    def likely(self, body: str) -> list[Provision]:
        """Provisions that may say the same as a text."""
        return [match.provision for match in self.nearest(body)]

    def article(self, title: str, number: ArticleNumber) -> list[Provision]:
        """The paragraphs of an article of the text of this title; empty where it is not registered."""
        rows = self._ask(_BY_ARTICLE, titles=list(titles_like(title)), article=str(number))
        return [Provision(*row) for row in rows]

    def _found(self, query: str, limit: int, titles: Sequence[str], **values: Any) -> list[Match]:
        rows = self._ask(query, limit=limit, among=[plain(title) for title in titles], **values)
        return [
            Match(Provision(title, article, number, body), float(rank)) for title, article, number, body, rank in rows
        ]

    def _ask(self, query: str, **values: Any) -> Sequence[Row[Any]]:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL pg_trgm.similarity_threshold = {_LEAST_LIKENESS}")
            return connection.execute(text(query), values).all()


def _forget(connection: Connection, path: str) -> None:
    connection.execute(text("DELETE FROM basis.texts WHERE path = :path"), {"path": path})


def _take(connection: Connection, path: Path, state: tuple[int, int]) -> None:
    data = path.read_bytes()
    draft, title, fault = read_text(data, path)
    values = {
        "path": str(path), "size": state[0], "changed": state[1], "sha256": hashlib.sha256(data).hexdigest(),
        "title": title, "plain_title": plain(title), "articles": len(draft.articles) if draft else 0, "fault": fault,
    }  # fmt: skip
    identity = connection.execute(_NEW_TEXT, values).scalar_one()
    rows = [
        {"text_id": identity, "article": article, "paragraph": paragraph, "body": body, "spaced": _spaced(body)}
        for article, paragraph, body in (provisions_of(draft) if draft else ())
    ]
    if rows:
        connection.execute(_NEW_PROVISION, rows)


def _spaced(body: str) -> str:
    """A text as the index keeps it; a blank at both ends, so that every bigram is a word between blanks."""
    return f" {' '.join(bigrams(body))} "


def _like(word: str) -> str:
    """A word as LIKE asks for it: its bigrams side by side; a single character as the beginning of any bigram."""
    pairs = bigrams(word)
    if len(pairs) == 1 and len(pairs[0]) == 1 and not pairs[0].isascii():
        return f"% {pairs[0]}%"
    return f"% {' '.join(pairs)} %" if pairs else ""
