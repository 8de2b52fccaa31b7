"""The language-model adapter against a stand-in server: what holds, what is dropped, and every way an address fails."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from review_flows.errors import SettingsError
from review_flows.law.statutes import load_statutes
from review_flows.text.reading import read
from review_flows.web.advisor import Advice, AdvisorSettings, advise, from_environment, load_words

CATALOGS = Path(__file__).parents[2] / "catalogs"
STATUTES = load_statutes(CATALOGS)
WORDS = load_words(CATALOGS)
DRAFT = read(
    """婺城区停车管理办法
各镇人民政府、街道办事处：
第一条　为规范停车，制定本办法。
第二条　违规停车的，由社区处二百元罚款。
第三条　咨询人张三，电话13800001111，证件号330702199001011234。
婺城区人民政府
2026年5月9日
""".encode(),
    "办法.txt",
)
GOOD = {
    "quote": "由社区处二百元罚款",
    "problem": "社区无权设定和实施罚款",
    "statute": "行政处罚法",
    "article": 16,
    "suggestion": "删去",
}


class StandIn:
    """A server that answers every request as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.status, self.body, self.wait, self.drip = 200, b"", 0.0, False
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                stand_in.asked.append(json.loads(self.rfile.read(length)))
                stand_in.headers.append(self.headers.get("Authorization"))
                time.sleep(stand_in.wait)
                self.send_response(stand_in.status)
                self.send_header("Content-Length", str(len(stand_in.body)))
                self.end_headers()
                with suppress(OSError):  # the asker goes away when it has waited long enough
                    stand_in.send(self.wfile)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def send(self, file: Any) -> None:
        for byte in self.body if self.drip else [self.body]:
            file.write(bytes([byte]) if self.drip else byte)
            file.flush()
            if self.drip:
                time.sleep(0.2)

    def says(self, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        self.body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()

    @property
    def settings(self) -> AdvisorSettings:
        return AdvisorSettings(f"http://127.0.0.1:{self.server.server_port}/v1", "stand-in", "secret", 10)


@pytest.fixture
def model() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()
    stand_in.thread.join()


def _ask(model: StandIn, seconds: float = 10) -> Advice:
    return advise(DRAFT, STATUTES, WORDS, replace(model.settings, seconds=seconds))


def test_a_proposal_that_quotes_the_draft_and_cites_a_known_article_is_kept_and_marked(model: StandIn) -> None:
    model.says([GOOD])
    (finding,) = _ask(model).findings
    assert finding.rule == "AI"
    assert finding.message == "机器建议：社区无权设定和实施罚款"
    assert finding.citation == "《中华人民共和国行政处罚法》第十六条"
    assert (finding.place.article, finding.place.text) == ("第二条", "由社区处二百元罚款")
    assert finding.severity == "low"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quote": "由社区处五百元罚款"}, "引文"),
        ({"quote": "罚款"}, "引文"),
        ({"quote": ""}, "引文"),
        ({"quote": "婺城区人民政府"}, "引文"),  # the frame was never sent
        ({"statute": "城市停车管理法"}, "目录中没有"),
        ({"article": 999}, "目录中没有"),
        ({"article": "十六"}, "目录中没有"),
        ({"article": True}, "目录中没有"),
        ({"quote": 5}, "格式"),
        ({"problem": ""}, "格式"),
        ({"problem": ["x"]}, "格式"),
    ],
)
def test_what_cannot_be_checked_is_dropped_with_the_reason(model: StandIn, change: dict[str, Any], reason: str) -> None:
    model.says([GOOD | change, "garbage", None])
    advice = _ask(model)
    assert advice.findings == ()
    assert reason in advice.dropped[0].reason
    assert len(advice.dropped) == 3


@pytest.mark.parametrize(
    "content",
    ["", "对不起，我不能回答", "[{", "{}", "[" * 5000, '```json\n{"a": 1}\n```', "]["],
)
def test_garbage_is_no_proposal_and_no_crash(model: StandIn, content: str) -> None:
    model.says(content)
    advice = _ask(model)
    assert advice.findings == ()
    assert any("读不懂" in note for note in advice.notes)


def test_an_answer_in_a_code_fence_is_read(model: StandIn) -> None:
    model.says(f"```json\n{json.dumps([GOOD], ensure_ascii=False)}\n```")
    assert len(_ask(model).findings) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b"[]", b'{"choices": []}', b'{"choices": [{"message": null}]}', b"\xff"]
)
def test_an_answer_that_is_none_is_a_note(model: StandIn, body: bytes) -> None:
    model.body = body
    assert any("读不懂" in note for note in _ask(model).notes)


@pytest.mark.parametrize("status", [301, 401, 429, 500])
def test_a_refusal_of_the_address_is_a_note(model: StandIn, status: int) -> None:
    model.says([GOOD])
    model.status = status
    advice = _ask(model)
    assert advice.findings == ()
    assert any(str(status) in note for note in advice.notes)


def test_an_endless_answer_is_cut(model: StandIn) -> None:
    model.body = b"x" * 2_000_000
    assert any("不能用" in note for note in _ask(model).notes)


def test_a_silent_address_costs_no_more_than_the_time_given(model: StandIn) -> None:
    model.wait = 3
    started = time.monotonic()
    advice = _ask(model, seconds=1)
    assert time.monotonic() - started < 2.5
    assert advice.notes == ("模型没有在时限内答复。",)


def test_an_address_that_sends_a_byte_now_and_then_is_cut_off_too(model: StandIn) -> None:
    model.says([GOOD])
    model.drip = True
    started = time.monotonic()
    advice = _ask(model, seconds=1)
    assert time.monotonic() - started < 3
    assert advice.findings == ()


def test_an_address_where_nobody_answers_is_a_note() -> None:
    advice = advise(DRAFT, STATUTES, WORDS, AdvisorSettings("http://127.0.0.1:9/v1", "none", seconds=5))
    assert advice.notes == ("连不上模型的地址，没有机器建议。",)


def test_neither_numbers_of_persons_nor_the_frame_are_sent(model: StandIn) -> None:
    model.says([])
    advice = _ask(model)
    sent = json.dumps(model.asked, ensure_ascii=False)
    assert "13800001111" not in sent and "330702199001011234" not in sent
    assert "街道办事处" not in sent
    assert "由社区处二百元罚款" in sent
    assert 0 < advice.sent_characters < len(DRAFT.text)
    assert model.headers == ["Bearer secret"]


def test_no_more_is_sent_than_the_budget_allows(model: StandIn) -> None:
    model.says([])
    long = read(("办法\n" + "".join(f"第{n}条　{'停车' * 40}。\n" for n in range(1, 60))).encode(), "长.txt")
    advice = advise(long, STATUTES, replace(WORDS, piece_characters=500, budget_characters=1500), model.settings)
    assert advice.sent_characters <= 1500
    assert any("只把前" in note for note in advice.notes)


def test_too_many_proposals_are_cut(model: StandIn) -> None:
    model.says([GOOD] * 5)
    advice = advise(DRAFT, STATUTES, replace(WORDS, most_proposals=2), model.settings)
    assert len(advice.findings) == 2


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"REVIEW_FLOWS_ADVISOR_URL": "ftp://x"}, "http"),
        ({"REVIEW_FLOWS_ADVISOR_URL": "http://x"}, "模型"),
        (
            {
                "REVIEW_FLOWS_ADVISOR_URL": "http://x",
                "REVIEW_FLOWS_ADVISOR_MODEL": "m",
                "REVIEW_FLOWS_ADVISOR_SECONDS": "0",
            },
            "秒",
        ),
    ],
)
def test_a_faulty_setting_is_refused(environment: dict[str, str], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        from_environment(environment)


def test_without_an_address_the_adapter_is_off() -> None:
    assert from_environment({}) is None
    given = from_environment({"REVIEW_FLOWS_ADVISOR_URL": "http://x/v1/", "REVIEW_FLOWS_ADVISOR_MODEL": "m"})
    assert given == AdvisorSettings("http://x/v1", "m", "", 60)
