"""The sheets of the tracker workbook, and the file they live in: what people wrote there stays as they wrote it."""
