"""Tests of the client's form and the review in a real browser."""
