"""How well the search answers: labelled questions, measures, targets, a page."""
