"""Regular expressions that come from catalogs: compiled only when they cannot run away.

Every repetition must have an upper bound, and none may repeat a group that itself repeats, so that the work for a text
is bounded by its length times a constant, whatever the text.
"""

import re

MOST_REPEATS = 40
_QUANTIFIER = re.compile(r"\{(\d*)(,?)(\d*)\}|[*+?]")


def safe_expression(source: str) -> re.Pattern[str]:
    """The compiled expression; ValueError with a Chinese reason where it is faulty or could run away.

    >>> safe_expression("(?:ab{1,3}){1,5}")
    Traceback (most recent call last):
    ValueError: 重复不得嵌套
    """
    try:
        compiled = re.compile(source)
    except re.error as error:
        raise ValueError(f"正则表达式有误：{error}") from error
    _refuse_runaway(source)
    return compiled


def _refuse_runaway(source: str) -> None:
    groups: list[bool] = [False]  # for each open group: whether something repeats in it
    at, closed = 0, False  # `closed`: the last unit was a group in which something repeats
    while at < len(source):
        unit_end = _unit_end(source, at)
        if source[at] == "(":
            groups.append(False)
        elif source[at] == ")":
            closed = groups.pop()
            groups[-1] |= closed
        at = unit_end
        quantifier = _QUANTIFIER.match(source, at) if source[at - 1] != "(" else None
        if quantifier:
            most = _most(quantifier)
            if most > 1 and closed:
                raise ValueError("重复不得嵌套")
            groups[-1] |= most > 1
            at = quantifier.end() + (source[quantifier.end() : quantifier.end() + 1] == "?")
        if source[at - 1] != ")":
            closed = False


def _unit_end(source: str, at: int) -> int:
    """Where the unit that begins here ends: an escape, a class, the head of a group, one character."""
    if source[at] == "\\":
        return at + 2
    if source[at] == "[":
        end = source.index("]", at + 2)
        return end + 1
    if source.startswith("(?", at):
        head = re.compile(r"\(\?(?:P<\w+>|<?[=!]|:)").match(source, at)
        return head.end() if head else at + 1
    return at + 1


def _most(quantifier: re.Match[str]) -> int:
    """The upper bound of a quantifier; ValueError where it has none or too high a one."""
    text = quantifier[0]
    if text == "?":
        return 1
    bound = quantifier[3] or ("" if quantifier[2] else quantifier[1])
    if text in "*+" or not bound or int(bound) > MOST_REPEATS:
        raise ValueError(f"重复次数须有上限，且不超过 {MOST_REPEATS}")
    return int(bound)
