"""Proposals of a language model (机器建议): off unless an address is set; the product works without it.

In: a draft, the statutes, `catalogs/screening/advisor.yaml`, any OpenAI-compatible address. Out: `Advice`. It lives in
web/ because it speaks HTTP. What a model says is believed only as far as it can be checked: a proposal must quote words
that stand in the draft and cite a statute of the catalog with an article that it has, or it is dropped with the reason.
Time and amount are limited; numbers of persons and the frame of the paper (addressees, signatures) are never sent; no
fault of the address is more than a note in the answer.
"""

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from review_flows.errors import CatalogError, SettingsError
from review_flows.law.citations import ArticleNumber, Provision, print_citation
from review_flows.law.statutes import Statutes
from review_flows.law.strict import Fault, Section, YamlFault, parse
from review_flows.text.draft import Draft
from review_flows.text.findings import Finding, Place

if TYPE_CHECKING:
    import httpx

FILE = "screening/advisor.yaml"
RULE = "AI"
_PREFIX = "REVIEW_FLOWS_ADVISOR_"
_SENT = frozenset(("article", "paragraph", "item", "subitem", "outline", "body", "table"))
_PERSONAL = re.compile(
    r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{16,19}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"
    r"|[\w.+-]{1,60}@[\w-]{1,60}\.[\w.-]{1,60}"
)
_MASK = "＊＊＊"
_MOST_ANSWER_BYTES = 1_000_000


@dataclass(frozen=True)
class AdvisorSettings:
    """Where to ask: `url` is the base address (…/v1), `seconds` the time for a whole draft."""

    url: str
    model: str
    key: str = ""
    seconds: float = 60.0


@dataclass(frozen=True)
class AdvisorWords:
    """What the model is told, and the limits of one draft."""

    system: str
    user: str
    piece_characters: int
    budget_characters: int
    most_proposals: int
    shortest_quote: int
    name: str
    may_be_fine: str


@dataclass(frozen=True)
class Dropped:
    """A proposal that was not believed, and why."""

    quote: str
    reason: str


@dataclass(frozen=True)
class Advice:
    """Proposals that held, those that did not, notes on what went wrong, and how much of the draft was sent."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    sent_characters: int = 0


def from_environment(environment: Mapping[str, str] = os.environ) -> AdvisorSettings | None:
    """The settings of the environment; None where no address is set: the adapter is off."""
    url = environment.get(f"{_PREFIX}URL", "").strip().rstrip("/")
    if not url:
        return None
    if not url.startswith(("http://", "https://")):
        raise SettingsError(f"{_PREFIX}URL", "应以 http:// 或 https:// 开头。")
    model = environment.get(f"{_PREFIX}MODEL", "").strip()
    if not model:
        raise SettingsError(f"{_PREFIX}MODEL", "设置了地址，还要写明模型名称。")
    seconds = environment.get(f"{_PREFIX}SECONDS", "60")
    if not seconds.isascii() or not seconds.isdecimal() or not 1 <= int(seconds) <= 600:
        raise SettingsError(f"{_PREFIX}SECONDS", "应为 1 到 600 的整数（秒）。")
    return AdvisorSettings(url, model, environment.get(f"{_PREFIX}KEY", ""), float(seconds))


def load_words(catalogs: Path) -> AdvisorWords:
    """The prompts and limits of a catalogs folder."""
    path = catalogs / FILE
    try:
        return _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise CatalogError(FILE, "", "文件不存在或不能读取") from error


@lru_cache(maxsize=4)
def _load(path: Path, _changed: int) -> AdvisorWords:
    faults: list[Fault] = []
    try:
        top = Section.of(parse(path.read_text("utf-8")), "", faults)
    except (YamlFault, UnicodeDecodeError) as error:
        raise CatalogError(FILE, "", f"不是可用的 YAML：{error}") from error
    words = AdvisorWords(
        system=top.need("system", Section.text, ""),
        user=top.need("user", Section.text, ""),
        piece_characters=top.need("piece_characters", Section.whole, 0),
        budget_characters=top.need("budget_characters", Section.whole, 0),
        most_proposals=top.need("most_proposals", Section.whole, 0),
        shortest_quote=top.need("shortest_quote", Section.whole, 0),
        name=top.need("name", Section.text, ""),
        may_be_fine=top.need("may_be_fine", Section.text, ""),
    )
    top.close()
    if faults:
        raise CatalogError(FILE, faults[0].key, faults[0].reason)
    return words


def advise(
    draft: Draft,
    statutes: Statutes,
    words: AdvisorWords,
    settings: AdvisorSettings,
    *,
    transport: "httpx.BaseTransport | None" = None,
) -> Advice:
    """The proposals of the model for a draft, each checked; never raises for what the address does."""
    import httpx  # 50 ms, and only when somebody has switched the adapter on

    reader = _Proposals(draft, statutes, words)
    ends = time.monotonic() + settings.seconds
    headers = {"Authorization": f"Bearer {settings.key}"} if settings.key else {}
    with httpx.Client(headers=headers, transport=transport, follow_redirects=False, trust_env=False) as client:
        for piece in _pieces(draft, words.piece_characters):
            if reader.sent + len(piece) > words.budget_characters:
                reader.notes.append(f"文稿较长，只把前 {reader.sent} 字交给了模型。")
                break
            if not _ask(client, settings, reader, piece, ends):
                break
    return reader.advice()


def _ask(client: "httpx.Client", settings: AdvisorSettings, reader: "_Proposals", piece: str, ends: float) -> bool:
    """Send one piece and read the answer; False where asking on is of no use. `ends`: of time.monotonic."""
    import httpx

    if time.monotonic() >= ends:
        reader.notes.append(f"超过 {settings.seconds:.0f} 秒的时限，其余部分没有问模型。")
        return False
    reader.sent += len(piece)
    try:
        status, content = _post(client, settings, reader.question(settings.model, piece), ends)
    except httpx.TimeoutException:
        reader.notes.append("模型没有在时限内答复。")
        return False
    except (httpx.HTTPError, httpx.InvalidURL):
        reader.notes.append("连不上模型的地址，没有机器建议。")
        return False
    if status != httpx.codes.OK or len(content) > _MOST_ANSWER_BYTES:
        reader.notes.append(f"模型的答复不能用（状态 {status}，{len(content)} 字节）。")
        return False
    reader.read(content)
    return True


def _post(client: "httpx.Client", settings: AdvisorSettings, body: dict[str, Any], ends: float) -> tuple[int, bytes]:
    """Status and content of the answer, read no longer than until `ends` and no more than the most bytes.

    httpx's own limit is for each read: an address that sends a byte now and then would hold us for ever.
    """
    import httpx

    left = max(0.1, ends - time.monotonic())
    content = b""
    with client.stream("POST", f"{settings.url}/chat/completions", json=body, timeout=left) as answer:
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > _MOST_ANSWER_BYTES:
                break
            if time.monotonic() > ends:
                raise httpx.ReadTimeout("the answer took too long")
    return answer.status_code, content


def _pieces(draft: Draft, most: int) -> Iterator[str]:
    """The text of the draft in pieces of whole blocks, without frame and personal numbers."""
    piece = ""
    for block in draft.blocks:
        if block.kind not in _SENT:
            continue
        text = _PERSONAL.sub(_MASK, block.text)[:most]
        if piece and len(piece) + len(text) + 1 > most:
            yield piece
            piece = ""
        piece += f"{text}\n"
    if piece:
        yield piece


@dataclass
class _Proposals:
    """Reads answers and keeps what holds."""

    draft: Draft
    statutes: Statutes
    words: AdvisorWords
    sent: int = 0
    findings: list[Finding] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def question(self, model: str, piece: str) -> dict[str, Any]:
        """The body of one request."""
        title = _PERSONAL.sub(_MASK, self.draft.main_title or self.draft.title)
        user = self.words.user.replace("{title}", title).replace("{text}", piece)
        messages = [{"role": "system", "content": self.words.system}, {"role": "user", "content": user}]
        return {"model": model, "temperature": 0, "messages": messages}

    def read(self, content: bytes) -> None:
        """Take the proposals of one answer."""
        for proposal in self._listed(content):
            if len(self.findings) >= self.words.most_proposals:
                self.notes.append(f"机器建议超过 {self.words.most_proposals} 条，其余未列。")
                return
            self._take(proposal)

    def advice(self) -> Advice:
        """All that came of it."""
        return Advice(tuple(self.findings), tuple(self.dropped), tuple(dict.fromkeys(self.notes)), self.sent)

    def _listed(self, content: bytes) -> list[Any]:
        try:
            text = json.loads(content)["choices"][0]["message"]["content"]
            listed = json.loads(text[text.index("[") : text.rindex("]") + 1])
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            self.notes.append("模型的答复读不懂，已略过。")
            return []
        return listed if isinstance(listed, list) else []

    def _take(self, proposal: Any) -> None:
        texts = _texts(proposal)
        if texts is None:
            self.dropped.append(Dropped("", "不是约定的格式"))
            return
        quote, problem, statute, suggestion = texts
        place = self._place(quote)
        if place is None:
            self.dropped.append(Dropped(quote, "引文不在文稿中，或者太短"))
            return
        citation = self._citation(statute, proposal.get("article"))
        if citation is None:
            self.dropped.append(Dropped(quote, f"目录中没有所引的法律或者条文：{statute[:60]}"))
            return
        message = f"{self.words.name}：{problem}"
        self.findings.append(
            Finding(RULE, "low", place, message, citation, False, self.words.may_be_fine, suggestion or None)
        )

    def _place(self, quote: str) -> Place | None:
        """Where the quoted words stand, letter by letter, in what was sent; None where they do not."""
        if len(quote) < self.words.shortest_quote or _MASK in quote:
            return None
        for block in self.draft.blocks:
            at = block.text.find(quote) if block.kind in _SENT else -1
            if at >= 0:
                return self.draft.place(block, at, at + len(quote))
        return None

    def _citation(self, name: str, article: Any) -> str | None:
        """The citation as printed; None for a statute or article that the catalog does not have."""
        row = self.statutes.named(name.strip("《》 "))
        if row is None:
            return None
        if article is None:
            return print_citation(row.name)
        if isinstance(article, bool) or not isinstance(article, int) or not 1 <= article <= (row.article_count or 0):
            return None
        return print_citation(row.name, [Provision(ArticleNumber(article))])


def _texts(proposal: Any) -> tuple[str, str, str, str] | None:
    """Quote, problem, statute, suggestion; None where they are not texts."""
    if not isinstance(proposal, dict):
        return None
    quote, problem, statute = (proposal.get(key) for key in ("quote", "problem", "statute"))
    suggestion = proposal.get("suggestion") or ""
    if not all(isinstance(text, str) for text in (quote, problem, statute, suggestion)) or not problem or not statute:
        return None
    return str(quote).strip(), str(problem).strip()[:300], str(statute).strip(), str(suggestion).strip()[:300]
