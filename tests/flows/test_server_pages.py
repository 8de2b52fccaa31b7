"""The request of the newer interface before it resumes a run is checked against the form, not against itself."""

import json

import pytest

from review_flows.flows.server_pages import mended

ANSWER = {"conclusion": "应当予以修改", "items": [{"article": "第三条", "problem": "没有依据", "nature": "应当修改"}]}
SCHEMA = {"type": "object", "required": ["conclusion"]}


def test_an_answer_in_place_of_the_schema_is_taken_out() -> None:
    told = json.loads(mended(json.dumps({"schema": ANSWER, "values": ANSWER}).encode()))
    assert told == {"schema": {}, "values": ANSWER}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"schema": SCHEMA, "values": ANSWER}).encode(),
        json.dumps([1, 2]).encode(),
        b"{",
        b"",
        b"\xff\xfe",
    ],
    ids=["a schema", "a list", "cut off", "nothing", "no text"],
)
def test_everything_else_goes_through_as_it_came(body: bytes) -> None:
    assert mended(body) == body
