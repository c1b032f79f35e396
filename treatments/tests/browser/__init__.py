"""Tests that walk the running clinic with a real browser."""
