"""Photos and papers that clients send: made anew, sealed, kept."""
