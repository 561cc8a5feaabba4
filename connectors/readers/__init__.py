"""How the sources read: settings, patience with a vendor, bytes to typed tables, and what a load replaces.

The files in `sources/` say *what* is read; what several of them share, and what would make one of them longer than a page,
lies here. Nothing in this package is found by the registry.
"""
