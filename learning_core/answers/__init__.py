"""Questions people ask, answered from the index with their evidence."""
