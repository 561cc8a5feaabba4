"""Mailchimp: its calls, and its answers as tables."""
