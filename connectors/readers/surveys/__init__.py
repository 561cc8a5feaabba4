"""What the survey tools have in common: the scale from 0 to 10, the table of responses, what is remembered from load to load."""
