"""The proof that the outbox loses nothing and sends nothing twice: real processes, killed and starved on purpose.

Nothing of the running clinic imports this. Its commands refuse to run unless CLINIC_FAULT_TESTING is set, and
production refuses to start with that.
"""
