"""Reading spreadsheets, Google's and Excel's, for whoever needs their cells: the tracker that writes beside them, and the inputs."""
