"""Public comments as `comments list` shows them: the shapes of its JSON, from the rows."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from review_flows.decisions.comments import ANSWERS, PublicComment, article_of_group, figures


class CommentJson(TypedDict):
    """One comment as it came."""

    number: int
    text: str
    sha256: str
    channel: str
    received_on: str
    source: str
    place: str


class GroupJson(TypedDict):
    """One opinion: what says the same; `answer` is null until every voice of it is answered."""

    group: int
    article: str | None
    voices: int
    text: str
    answer: str | None
    reason: str | None
    comments: list[CommentJson]


class FiguresJson(TypedDict):
    """What is counted: voices, opinions, how they were answered."""

    voices: int
    opinions: int
    open: int
    by_answer: dict[str, int]


class CommentsJson(TypedDict):
    """The answer of `comments list --json`."""

    case: str
    figures: FiguresJson
    groups: list[GroupJson]


def comments_json(
    case: str, comments: Sequence[PublicComment], groups: Sequence[Sequence[PublicComment]]
) -> CommentsJson:
    """All figures of a case, and these of its groups."""
    counted = figures(comments)
    by_answer = {key: counted.by_answer.get(key, 0) for key in ANSWERS}
    told: FiguresJson = {
        "voices": counted.voices,
        "opinions": counted.opinions,
        "open": counted.open,
        "by_answer": by_answer,
    }
    return {"case": case, "figures": told, "groups": [group_json(group) for group in groups]}


def group_json(group: Sequence[PublicComment]) -> GroupJson:
    """One opinion with its voices."""
    head, answered = group[0], all(comment.answer for comment in group)
    return {
        "group": head.group,
        "article": article_of_group(group),
        "voices": len(group),
        "text": head.text,
        "answer": head.answer if answered else None,
        "reason": head.answer_reason if answered else None,
        "comments": [_comment_json(comment) for comment in group],
    }


def _comment_json(comment: PublicComment) -> CommentJson:
    return {
        "number": comment.number,
        "text": comment.text,
        "sha256": comment.text_sha256,
        "channel": comment.channel,
        "received_on": comment.received_on.isoformat(),
        "source": comment.source_sha256,
        "place": comment.source_place,
    }
