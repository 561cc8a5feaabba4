"""Meaning: mapping files, their types, calendars and key-result arithmetic. Imports no other package of the project."""
