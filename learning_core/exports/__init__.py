"""Tables for other programs: records, feedback and statistics as CSV, JSON or JSON lines."""
