"""Major decisions: catalogue, participation, experts, risk, fair competition, meeting, follow-up."""
