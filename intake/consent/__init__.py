"""Agreements: the wording asked, what was said, and what is taken back."""
