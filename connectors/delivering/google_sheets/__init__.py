"""What the Google Sheets tracker is made of: the calls, the tabs it keeps or visits, and the plan of one run."""
