"""Personal data made unrecognisable in what is published: identity numbers, telephones, accounts, plates, doors, names.

The originals are never touched; only papers for the public go through here. What a pattern cannot know (a name in the
middle of a sentence) a person has to see: a report is read before it is published.
"""

import re
from collections.abc import Callable

_SEPARATED = r"[ \-－]?"
_STARS = "*"


def _middle(keep: int) -> Callable[[re.Match[str]], str]:
    """Replaces all but the first and last few digits by stars, as identity papers are shown in public lists."""

    def replace(found: re.Match[str]) -> str:
        text = re.sub(r"[ \-－]", "", found.group(0))
        head, tail = text[:keep], text[-4:]
        return head + _STARS * (len(text) - len(head) - len(tail)) + tail

    return replace


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_NAME_ENDS = r"(?=[，,。；;、（(\s]|$)"
# What is hidden, and what is shown instead.
_PATTERNS: tuple[tuple[str, Callable[[re.Match[str]], str] | str], ...] = (
    # identity numbers of eighteen and of fifteen digits
    (rf"(?<!\d)\d{{6}}{_SEPARATED}(?:[1１][9９]|[2２][0０])\d{{6}}{_SEPARATED}\d{{3}}[\dXxＸｘ](?![\dXx])", _middle(6)),
    (r"(?<!\d)\d{6}\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}(?!\d)", _middle(6)),
    # mobile telephones, bank cards, mail, landlines
    (rf"(?<!\d)(?:\+?86{_SEPARATED})?1[3-9]\d(?:{_SEPARATED}\d{{4}}){{2}}(?!\d)", _middle(3)),
    (rf"(?<!\d)\d{{4}}(?:{_SEPARATED}\d{{4}}){{3}}(?:{_SEPARATED}\d{{1,3}})?(?!\d)", "（账号略）"),
    (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", "（邮箱略）"),
    (r"(?<!\d)0\d{2,3}[ \-－]?\d{7,8}(?!\d)", "（电话略）"),
    (r"((?:联系)?电话|手机号?|联系方式)([是为:：]?\s*)\d{7,8}(?!\d)", r"\1\2（电话略）"),
    (r"((?:微信|QQ|Qq|qq)号?码?)([是为:：]?\s*)[A-Za-z0-9_-]{5,20}", r"\1\2（账号略）"),
    # plates, doors, names
    (rf"([{_PROVINCES}][A-Z])[·•]?[A-HJ-NP-Z0-9]{{5,6}}", r"\1*****"),
    (r"\d{1,4}(?:幢|栋|号楼|座)(?:\d{1,2}单元)?\d{2,5}(?:室|号|户)", "（门牌略）"),
    (rf"(我叫|姓名[是为:：]|联系人[是为:：])([\u4e00-\u9fff])[\u4e00-\u9fff]{{1,3}}{_NAME_ENDS}", r"\1\2某"),
)
_PERSONAL = tuple((re.compile(pattern), shown) for pattern, shown in _PATTERNS)


def masked(text: str) -> str:
    """A text without personal data, for publication.

    >>> masked("我的电话13812345678")
    '我的电话138****5678'
    """
    for pattern, shown in _PERSONAL:
        text = pattern.sub(shown, text)
    return text


def masked_name(name: str) -> str:
    """A person for publication: the family name only.

    >>> masked_name("张三丰")
    '张**'
    """
    return name[:1] + _STARS * (len(name) - 1)
