"""What is stored: jobs, judgements, and their parts."""
