"""The safety rules and what follows from them: flags, limits, where a client stands."""
