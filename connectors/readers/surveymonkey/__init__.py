"""SurveyMonkey: its calls and limits, which question is meant, and what its answers say."""
