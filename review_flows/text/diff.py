"""Two drafts → what became of every article, and every change once.

The pieces of a wording come from `pieces`, paragraphs are paired in `alignment`, articles in `counterparts`, what is
substantive is read in `meaning`; here they are put together. A draft without articles is compared paragraph by paragraph.
`Comparison.to_json` is the JSON of the command `redline`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from review_flows.law.numerals import read_numeral
from review_flows.text import counterparts, references
from review_flows.text.alignment import BlockPair, heaviest_chain, Link, pair_blocks
from review_flows.text.changes import KINDS, Change, ChangeKind, Side
from review_flows.text.draft import Article, Block, Draft
from review_flows.text.meaning import substance
from review_flows.text.pieces import Piece, diff_text

__all__ = ["BlockPair", "Change", "Comparison", "Piece", "Side", "compare", "diff_text", "pair_blocks"]
