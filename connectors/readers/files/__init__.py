"""The inbox's side of the reading: declarations, file formats, and rows checked one by one."""
