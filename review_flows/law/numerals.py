"""Chinese numerals as statutes write them (二十一, 一百零五, 一千二百六十) ⇄ whole numbers; pure, no catalog.

Read leniently (Arabic and full-width digits, 〇○零, 两, 廿, digit by digit as in 二〇二六), printed in the one form
that statutes use.
"""

MOST = 99_999_999  # beyond any article, year or sum of items; a longer numeral is not one of ours
NUMERAL = r"[〇零○一二三四五六七八九十百千万两廿卅\d]{1,16}"

_ONES = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SPELLED = {"廿": "二十", "卅": "三十"}
_PLAIN = "零一二三四五六七八九"


def read_numeral(text: str) -> int | None:
    """The number that a numeral names, or None where it names none.

    >>> [read_numeral(t) for t in ("十", "二十一", "一百零五", "一千二百六十", "二〇二六", "１２", "百条")]
    [10, 21, 105, 1260, 2026, 12, None]
    """
    text = text.strip()
    if not text or len(text) > 16:
        return None
    if text.isdecimal():
        return int(text)
    for short, long in _SPELLED.items():
        text = text.replace(short, long)
    if all(c in _ONES for c in text):
        return int("".join(str(_ONES[c]) for c in text))
    return _read_ranked(text)


def _read_ranked(text: str) -> int | None:
    """The number of a numeral with ranks (十百千万); None where the ranks do not fall."""
    total, above, ones, last_rank = 0, 0, None, 10_000
    for c in text:
        if c in _TENS and _TENS[c] < last_rank:
            if ones is None and c != "十":
                return None
            total += (1 if ones is None else ones) * _TENS[c]
            last_rank, ones = _TENS[c], None
        elif c == "万" and not above and (total or ones):
            above, total, ones, last_rank = (total + (ones or 0)) * 10_000, 0, None, 10_000
        elif c in _ONES and ones in (None, 0):
            ones = _ONES[c]
        else:
            return None
    return above + total + (ones or 0)


def write_numeral(number: int) -> str:
    """The numeral as statutes print it.

    >>> [write_numeral(n) for n in (0, 10, 12, 20, 105, 110, 1001, 1260, 10000, 20300)]
    ['零', '十', '十二', '二十', '一百零五', '一百一十', '一千零一', '一千二百六十', '一万', '二万零三百']
    """
    if not 0 <= number <= MOST:
        raise ValueError(f"no numeral for {number}")
    if number < 10:
        return _PLAIN[number]
    high, low = divmod(number, 10_000)
    text = f"{write_numeral(high)}万" if high else ""
    if low:
        text += ("零" if high and low < 1000 else "") + _below_ten_thousand(low)
    return text.removeprefix("一") if 10 <= number < 20 else text


def _below_ten_thousand(number: int) -> str:
    text, skipped = "", False
    for rank, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, rank)
        if digit:
            text += ("零" if skipped and text else "") + _PLAIN[digit] + name
            skipped = False
        else:
            skipped = True
    return text
