"""Statutes that the office registers as basis, searchable in full: a folder of files, and an index made from it.

In: .txt and .docx files in `HOME/texts` and `catalogs/texts`. Out: provisions (款) found by words or by likeness. The
index, `HOME/texts.db`, is only a copy of the files in another form: it is made again where it is missing, old or
broken. Where the records are on PostgreSQL the index is there, too (`basis_postgres`).

SQLite's FTS5 finds words between blanks, and its trigrams no word of two characters. So the text is indexed as
bigrams made here (合法性审查 → 合法 法性 性审 审查); a word is then a row of neighbouring bigrams, a likeness many of
them at once.
"""

import hashlib
import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from review_flows.errors import DraftError, NotFound
from review_flows.law.citations import ArticleNumber
from review_flows.law.statutes import plain
from review_flows.text import upper_law
from review_flows.text.draft import Draft
from review_flows.text.reading import read
from review_flows.text.upper_law import Provision

if TYPE_CHECKING:
    from review_flows.records.basis_postgres import PostgresTexts
    from review_flows.text.screening import Screened, ScreeningRules

FOLDER, INDEX = "texts", "texts.db"
_SCHEMA_VERSION = 1
_SUFFIXES = (".txt", ".docx")
_MOST_BIGRAMS = 20  # of a text whose like is sought: the rarest ones; more cost time and find nothing else
_LOOKED_AT = 2_000  # rows among which those of chosen titles are sought
_BUSY_SECONDS = 10
_RUN = re.compile(r"[一-鿿㐀-䶿]+|[0-9A-Za-z]+")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, size INTEGER NOT NULL, changed INTEGER NOT NULL,
    sha256 TEXT NOT NULL, title TEXT NOT NULL, plain_title TEXT NOT NULL, articles INTEGER NOT NULL, fault TEXT);
CREATE INDEX IF NOT EXISTS texts_by_title ON texts (plain_title);
CREATE TABLE IF NOT EXISTS provisions (
    id INTEGER PRIMARY KEY, text_id INTEGER NOT NULL REFERENCES texts, article TEXT NOT NULL,
    paragraph INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS provisions_by_article ON provisions (text_id, article);
CREATE VIRTUAL TABLE IF NOT EXISTS bigrams USING fts5 (body, content='');
CREATE VIRTUAL TABLE IF NOT EXISTS spread USING fts5vocab (bigrams, 'row');
"""
_BY_ARTICLE = """
SELECT t.title, p.article, p.paragraph, p.body FROM provisions p JOIN texts t ON t.id = p.text_id
 WHERE t.plain_title IN (SELECT value FROM json_each(?)) AND p.article = ? ORDER BY t.id, p.paragraph
"""
# The best rows are chosen in the index alone; their words are fetched only then.
_BEST = """
SELECT t.title, p.article, p.paragraph, p.body, b.rank
  FROM (SELECT rowid AS id, rank FROM bigrams WHERE bigrams MATCH ? ORDER BY rank LIMIT ?) b
  JOIN provisions p ON p.id = b.id JOIN texts t ON t.id = p.text_id
 WHERE ? = '[]' OR t.plain_title IN (SELECT value FROM json_each(?)) ORDER BY b.rank LIMIT ?
"""
_NEW_TEXT = """
INSERT INTO texts (path, size, changed, sha256, title, plain_title, articles, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class BasisText:
    """A registered file: its title, number of articles, hash; `fault` says in Chinese why it could not be read."""

    path: Path
    title: str
    articles: int
    sha256: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """A provision that a search found, with its rank (lower is better)."""

    provision: Provision
    rank: float


class BasisTexts:
    """The registered texts of some folders and the index of them; call `refresh` before searching."""

    def __init__(self, folders: Sequence[Path], index: Path) -> None:
        self._folders, self._index = tuple(folders), index
        self._connection: sqlite3.Connection | None = None
        self._counts: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the index."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ---- keeping the index

    def refresh(self) -> None:
        """Read what is new or changed, forget what is gone."""
        connection = self._opened()
        self._counts.clear()
        connection.execute("BEGIN IMMEDIATE")
        try:
            known = {
                Path(path): (size, changed)
                for path, size, changed in connection.execute("SELECT path, size, changed FROM texts")
            }
            present = {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files_in(self._folders)}
            for path in known.keys() - present.keys():
                self._forget(path)
            for path, state in sorted(present.items()):
                if known.get(path) != state:
                    self._forget(path)
                    self._take(path, state)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _forget(self, path: Path) -> None:
        connection = self._opened()
        row = connection.execute("SELECT id FROM texts WHERE path = ?", (str(path),)).fetchone()
        if row is None:
            return
        # An index without content of its own is told what it held, to take it out again.
        gone = connection.execute("SELECT id, body FROM provisions WHERE text_id = ?", row).fetchall()
        connection.executemany(
            "INSERT INTO bigrams (bigrams, rowid, body) VALUES ('delete', ?, ?)",
            ((identity, " ".join(bigrams(body))) for identity, body in gone),
        )
        connection.execute("DELETE FROM provisions WHERE text_id = ?", row)
        connection.execute("DELETE FROM texts WHERE id = ?", row)

    def _take(self, path: Path, state: tuple[int, int]) -> None:
        data = path.read_bytes()
        draft, title, fault = read_text(data, path)
        articles = len(draft.articles) if draft else 0
        values = (str(path), *state, hashlib.sha256(data).hexdigest(), title, plain(title), articles, fault)
        connection = self._opened()
        text_id = connection.execute(_NEW_TEXT, values).lastrowid
        for article, paragraph, body in provisions_of(draft) if draft else ():
            row = connection.execute(
                "INSERT INTO provisions (text_id, article, paragraph, body) VALUES (?, ?, ?, ?)",
                (text_id, article, paragraph, body),
            )
            connection.execute(
                "INSERT INTO bigrams (rowid, body) VALUES (?, ?)", (row.lastrowid, " ".join(bigrams(body)))
            )

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._index.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _open(self._index)
        return self._connection

    # ---- asking it

    def texts(self) -> list[BasisText]:
        """All registered texts, by title."""
        rows = self._opened().execute("SELECT path, title, articles, sha256, fault FROM texts ORDER BY title, path")
        return [BasisText(Path(path), title, articles, sha256, fault) for path, title, articles, sha256, fault in rows]

    def search(self, words: str, *, limit: int = 20, titles: Sequence[str] = ()) -> list[Match]:
        """Provisions in which all these words stand (blanks divide words), best first."""
        phrases = [_phrase(word) for word in words.split()]
        query = " AND ".join(phrase for phrase in phrases if phrase)
        return self._found(query, limit, titles) if query else []

    def nearest(self, text: str, *, limit: int = 6, titles: Sequence[str] = ()) -> list[Match]:
        """Provisions that share most of the rarer bigrams of a text, best first; their likeness is not measured."""
        query = " OR ".join(f'"{bigram}"' for bigram in self._rarest(bigrams(text)))
        return self._found(query, limit, titles) if query else []

    def likely(self, text: str) -> list[Provision]:
        """Provisions that may say the same as a text."""
        return [match.provision for match in self.nearest(text)]

    def article(self, title: str, number: ArticleNumber) -> list[Provision]:
        """The paragraphs of an article of the text of this title; empty where it is not registered."""
        rows = self._opened().execute(_BY_ARTICLE, (json.dumps(titles_like(title)), str(number)))
        return [Provision(*row) for row in rows]

    def _rarest(self, found: Iterable[str]) -> list[str]:
        """The bigrams that tell most: those in the fewest provisions, and in one at least."""
        counts = {term: self._count(term) for term in dict.fromkeys(found)}
        return sorted((term for term in counts if counts[term]), key=counts.__getitem__)[:_MOST_BIGRAMS]

    def _count(self, term: str) -> int:
        """How many provisions have a bigram."""
        if term not in self._counts:
            row = self._opened().execute("SELECT doc FROM spread WHERE term = ?", (term,)).fetchone()
            self._counts[term] = row[0] if row else 0
        return self._counts[term]

    def _found(self, query: str, limit: int, titles: Sequence[str]) -> list[Match]:
        among = json.dumps([plain(title) for title in titles])
        rows = self._opened().execute(_BEST, (query, _LOOKED_AT if titles else limit, among, among, limit))
        return [Match(Provision(title, article, number, body), rank) for title, article, number, body, rank in rows]


def register(file: Path, folder: Path) -> tuple[Path, Draft]:
    """Copy a statute into the folder under its title; raises DraftError when it cannot be read or has no articles."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NotFound("文件", str(file)) from error
    draft = read(data, file.name)
    if not draft.articles:
        raise DraftError(file.name, "没有读到“第×条”，不能作为比对的依据；请送法律、法规、规章的正文。")
    title = draft.main_title or draft.title or file.stem
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{_file_name(title)}{file.suffix.lower()}"
    target.write_bytes(data)
    return target, draft


def titles_like(title: str) -> tuple[str, ...]:
    """The forms under which a text of this title may be registered: with and without the name of the country."""
    short = plain(title).removeprefix("中华人民共和国")
    return tuple(dict.fromkeys((plain(title), short, f"中华人民共和国{plain(title)}")))


def read_text(data: bytes, path: Path) -> tuple[Draft | None, str, str | None]:
    """A registered file as a draft, its title, and in Chinese what is wrong with it."""
    try:
        draft: Draft | None = read(data, path.name)
        fault = None if draft and draft.articles else "没有读到条文，只能检索不能比对"
    except DraftError as error:
        draft, fault = None, str(error)
    title = (draft.main_title or draft.title) if draft else ""
    return draft, title or path.stem, fault


def files_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for file in folder.rglob("*") if folder.is_dir() else ():
            if file.is_file() and file.suffix.lower() in _SUFFIXES and file.name[0] not in ".~":
                yield file


def _file_name(title: str) -> str:
    """The title as a file name that every system takes."""
    safe = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", plain(title)).strip(". ")
    return safe[:80] or "未命名"


def bigrams(text: str) -> list[str]:
    """The pairs of neighbouring Chinese characters, and latin words and numbers whole.

    >>> bigrams("合法性审查，GB 9704")
    ['合法', '法性', '性审', '审查', 'gb', '9704']
    """
    found: list[str] = []
    for match in _RUN.finditer(unicodedata.normalize("NFKC", text)):
        run = match[0]
        if run[0].isascii():
            found.append(run.lower())
        else:
            found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return found


def _phrase(word: str) -> str:
    """A word as FTS5 asks for it: its bigrams side by side; a single character as the beginning of any bigram."""
    pairs = bigrams(word)
    if not pairs:
        return ""
    if len(pairs) == 1 and len(pairs[0]) == 1 and not pairs[0].isascii():
        return f'"{pairs[0]}"*'
    return '"' + " ".join(pairs) + '"'


def provisions_of(draft: Draft) -> Iterator[tuple[str, int, str]]:
    """(article, paragraph, words) of everything worth finding: paragraphs of articles, else single blocks."""
    for article, paragraph in draft.units():
        if article is not None:
            yield article.label, paragraph.number, paragraph.text
        elif not draft.articles and paragraph.text.strip():
            yield f"¶{paragraph.number}", 1, paragraph.text


def _open(index: Path) -> sqlite3.Connection:
    """The index, made anew where it is missing, of another version, or no database at all."""
    connection = sqlite3.connect(index, timeout=_BUSY_SECONDS, isolation_level=None)
    version, has_tables = _state(connection)
    if version == _SCHEMA_VERSION:
        return connection
    if has_tables:
        connection.close()
        index.unlink(missing_ok=True)
        connection = sqlite3.connect(index, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {_SCHEMA_VERSION};COMMIT;")
    return connection


def _state(connection: sqlite3.Connection) -> tuple[int, bool]:
    """Version and whether there are tables, asked at once: another program may be making them just now."""
    try:
        asked = "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
        version, tables = connection.execute(asked).fetchone()
    except sqlite3.OperationalError:
        raise  # busy beyond patience: another program is at work, the file is whole
    except sqlite3.DatabaseError:
        return 0, True
    return version, bool(tables)


def hold_against(
    draft: Draft,
    screened: "Screened",
    rules: "ScreeningRules",
    *,
    home: Path,
    catalogs: Path,
    database_url: str | None = None,
) -> "Screened":
    """The screened draft with what the registered texts add: copying (RF22), stricter duties (DOC_UPPER)."""
    if not any(files_in((catalogs / FOLDER, home / FOLDER))):
        return screened
    from review_flows.text.screening import with_findings

    with opened(home, catalogs, database_url) as texts:
        compared = upper_law.compare_with_basis(draft, texts.likely, texts.article, screened.citations)
    return with_findings(screened, draft, upper_law.findings(draft, compared, rules.form))


def opened(home: Path, catalogs: Path, database_url: str | None = None) -> "closing[BasisTexts | PostgresTexts]":
    """The registered texts of an installation, up to date, to be used in a `with`."""
    folders = (catalogs / FOLDER, home / FOLDER)
    texts: BasisTexts | PostgresTexts
    if database_url and database_url.startswith("postgresql"):
        from review_flows.records import basis_postgres

        texts = basis_postgres.PostgresTexts(folders, database_url)
    else:
        texts = BasisTexts(folders, home / INDEX)
    texts.refresh()
    return closing(texts)
