"""Which forms are due for whom, the links to them and their reminders."""
