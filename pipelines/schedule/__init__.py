"""When the job runs: the rules are settings, the memory is the ledger `okr.slots`, the rest is arithmetic.

crontab.py   what a crontab line means in a time zone, both daylight-saving changes included
rules.py     the schedules of the settings, with their defaults filled in
plan.py      what is due: a pure function of rule, ledger and moment
keeper.py    one look at the clock: read the ledger, decide, launch, look again
job.py       one slot, in a process of its own
daemon.py    `okr schedule`: waking up, signals, readiness
expected.py  when the next numbers should come
overdue.py   puts the line that they did not where people look, although no run succeeds

A slot is the planned moment of a schedule. It is done once, whoever wakes up how often: APScheduler, cron or a person.
"""
