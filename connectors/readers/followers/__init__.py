"""Follower counts of the social networks: one module per vendor's API, and what all of them write."""
