"""Two texts compared: `diff_text` for the words of a paragraph, `pair_blocks` for the paragraphs of a document.

The work is done in `pieces` (tokens and wording) and `alignment` (what became of what).
"""

from review_flows.text.alignment import BlockPair, pair_blocks
from review_flows.text.pieces import Piece, diff_text

__all__ = ["BlockPair", "Piece", "diff_text", "pair_blocks"]
