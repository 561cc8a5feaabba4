"""One file per place that shows progress."""
