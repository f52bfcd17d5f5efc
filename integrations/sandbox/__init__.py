"""A Taobao open platform gateway that plays the other side, for tests and the demo.

It is a process of its own with its own state, and it shares no code with the rest of the project: a mistake in the
connector's signature, time zone or paging cannot agree with itself here. Nothing may import this package but the demo
and the tests, and those talk to it over HTTP (`control_client`, `process`).

    python -m integrations.sandbox --host 127.0.0.1 --port 0 --state DIR [--seed N]

prints one line of JSON with its addresses when it is ready, and stops on SIGTERM. Everything it knows lies in a SQLite
database below DIR, so that a killed sandbox goes on where it was.

    clock, signing, errors, envelope, protocol   the platform's manners: common parameters, signatures, answers
    limits, faults                               call limits, and misbehaviour on demand
    methods/                                     one module for each group of the platform's methods
    world/                                       believable people, places, prices and trades; what happens to trades
    store                                        the SQLite database
    control, control_client, process             the interface for tests and the demo
    app, server                                  the WSGI application and how it is served

Formats and names are those of the open platform's documentation (gateway, signing, error codes, trade, logistics and
refund methods). What the documentation does not say and had to be guessed is marked "guess" where it stands.
"""
