"""Salesforce's part of reading: login, calls, what is asked of each object, and in which order."""
