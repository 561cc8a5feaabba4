"""The outside world: sources in, trackers out, and a sandbox that stands in for the vendors. The only package that talks to a network."""
