"""Time, order and people: the five jobs, the command line, the report. The only package that reads the clock and the settings."""
