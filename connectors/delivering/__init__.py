"""What the trackers share: their settings, safe addresses, answers read as results, and the workbook's sheets.

It lies outside `trackers/` because every file in there is a tracker.
"""
