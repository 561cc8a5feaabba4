"""Tokens that end: what a person's consent has given, where it is kept, how it is renewed, and when a person must consent again."""
