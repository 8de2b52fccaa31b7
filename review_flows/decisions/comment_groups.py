"""Which comments say the same, and which article of the draft they speak of; pure, by letters and never by sense.

In: what people wrote, in the order it came, and the title of the draft. Out: the number of the group of each text, an
article in Chinese numerals.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from review_flows.law.numerals import read_numeral, write_numeral

NEAR = 92  # percent of equal characters above which two comments say the same
_COMPARED = 2_000  # characters: longer ones count as the same only where they are equal

_ARTICLE = re.compile(
    "(?:《(?P<title>[^《》]{1,80})》|本[^第，。；]{0,4}|(?P<bare>法|条例|规定|办法|细则|决定|意见|通知))?"
    "第(?P<article>[一二三四五六七八九十百零〇0-9０-９]{1,8})条(?P<inserted>之[一二三四五六七八九十])?"
)
# Plans and opinions have no articles: 二、（三） or 第二部分第（三）项.
_PLACE = re.compile(
    "(?:(?<![一-鿿、])(?P<part>[一二三四五六七八九十]{1,3})、|第(?P<named>[一二三四五六七八九十]{1,3})部分)"
    "(?:第?[（(](?P<item>[一二三四五六七八九十]{1,3})[）)]项?)?"
)
_NUMBER = re.compile("[0-9一二三四五六七八九十百千万]+")
_NOISE = re.compile(r"[\W_]+")
# Words that turn what is said into its opposite; two comments that differ in one of them do not say the same.
_TURNING = re.compile(
    "不|未|无|非|没|别|勿|莫|反|否|取消|保留|增|减|升|降|提高|降低|扩大|缩小|延长|缩短|支持|同意|赞成|禁止|允许|应当|可以"
)


def article_of(text: str, title: str = "") -> str | None:
    """The article of the draft that a comment speaks of, in Chinese numerals; articles of other texts are passed over.

    Where none is named, the place in a draft without articles, as such drafts number them.

    >>> article_of("《价格法》第二十三条有规定，所以第3条的标准要听证", "停车办法")
    '第三条'
    >>> article_of("第二部分第（三）项的时间太短")
    '二、（三）'
    """
    own = title.strip("《》")
    for found in _ARTICLE.finditer(text):
        other = found["title"]
        if found["bare"] or (other and own and other not in own and own not in other):
            continue
        number = read_numeral(found["article"])
        if number:
            return f"第{write_numeral(number)}条{found['inserted'] or ''}"
    place = _PLACE.search(text)
    if place is None or not (place["item"] or place["named"]):
        return None  # 一、 alone is how people number their own sentences
    return f"{place['part'] or place['named']}、" + (f"（{place['item']}）" if place["item"] else "")


def article_order(article: str | None) -> tuple[int, str]:
    """Where an article, or a place of a draft without articles, stands among others; the whole text comes last."""
    if found := _ARTICLE.match(article or ""):
        return read_numeral(found["article"]) or 0, article or ""
    if place := _PLACE.match(article or ""):
        part, item = read_numeral(place["part"] or "") or 0, read_numeral(place["item"] or "") or 0
        return 10**4 + 100 * part + item, article or ""
    return 10**6, article or ""


def bare(text: str) -> str:
    """A text without what does not matter for saying the same: blanks and punctuation.

    >>> bare("建议，增加 泊位！")
    '建议增加泊位'
    """
    return _NOISE.sub("", text).casefold()


class Groups:
    """Which group a comment belongs to: equal words anywhere, or nearly equal ones with the same turns in them.

    Numbers must agree, since 第3号泊位 and 第8号泊位 differ in one character and are two opinions; so must negations
    and other words that turn the sense: 赞成 and 不赞成 are near in letters only.
    """

    def __init__(self, there: Iterable[tuple[str, int]] = ()) -> None:
        self.equal: dict[str, int] = {}
        self.alike: dict[tuple[str, int], tuple[list[str], list[int]]] = defaultdict(lambda: ([], []))
        for text, group in there:
            self._remember(bare(text), group)

    def place(self, text: str, number: int) -> int:
        """The group of a text: one that is there, or `number`, which is its own."""
        words = bare(text) or text  # a comment of signs alone says the same as one of the same signs
        group = self.equal.get(words) or self._near(words) or number
        self._remember(words, group)
        return group

    def _remember(self, words: str, group: int) -> None:
        if words not in self.equal:
            self.equal[words] = group
            if len(words) <= _COMPARED:
                texts, groups = self.alike[_turns(words), len(words) // 8]
                texts.append(words)
                groups.append(group)

    def _near(self, words: str) -> int | None:
        from rapidfuzz import process
        from rapidfuzz.distance import Indel

        if len(words) > _COMPARED:
            return None
        turns, size = _turns(words), len(words) // 8
        for around in (size, size - 1, size + 1):
            texts, groups = self.alike.get((turns, around), ((), ()))
            if not texts:
                continue
            found = process.extractOne(words, texts, scorer=Indel.normalized_similarity, score_cutoff=NEAR / 100)
            if found:
                return groups[found[2]]
        return None


def _turns(words: str) -> str:
    """The numbers and turning words of a text, in order; two texts that say the same have the same ones."""
    return " ".join((*_NUMBER.findall(words), *_TURNING.findall(words)))
