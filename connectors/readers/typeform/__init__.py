"""Typeform: its calls, which field is meant, and what its answers say."""
