"""One file per vendor that facts come from."""
