"""The environment variables that say where a library, its cache and its list of tag aliases lie."""

LIBRARY_VARIABLE = "WHATWORKS_LIBRARY"
CACHE_VARIABLE = "WHATWORKS_CACHE"
ALIASES_VARIABLE = "WHATWORKS_TAG_ALIASES"
