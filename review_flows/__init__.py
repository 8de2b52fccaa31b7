"""法审 / review-flows: the lawful way through a legality review, as an engine."""
