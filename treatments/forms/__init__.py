"""Forms of the treatment room, one file a noun."""
