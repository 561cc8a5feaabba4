"""Google Analytics' side of the reading: one report call that either answers fully or raises, and its rows."""
