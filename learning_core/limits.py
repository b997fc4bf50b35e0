"""Every limit in one place, with its unit."""

LINE_BYTES = 10 * 1024 * 1024
"""Longest log line that is read; a longer one is skipped in bounded memory."""

WRITTEN_LINE_BYTES = 1024 * 1024
"""Longest line that we write ourselves."""

TEXT_CHUNK_BYTES = 16 * 1024 * 1024
"""Longest metadata text in an image, after decompression."""

TEXT_CHUNKS = 256
"""Most metadata texts read from one image."""

IMAGE_TEXT_BYTES = 64 * 1024 * 1024
"""Most metadata text read from one image in all, after decompression, as it lies in memory."""

IMAGE_PARTS = 100_000
"""Most chunks, segments or blocks that one image file may consist of."""

XMP_BYTES = 1024 * 1024
"""Longest XMP packet that is parsed for ratings and tags."""

XMP_TAGS = 200
"""Most tags taken from one XMP packet."""

PROMPT_CHARACTERS = 100_000
"""Longest prompt that is kept; a longer text is refused, never cut silently."""

JSON_DEPTH = 100
"""Deepest nesting of a JSON document from outside."""

GRAPH_NODES = 10_000
"""Most nodes in a ComfyUI graph."""

NODE_INPUTS = 1_000
"""Most inputs of one node in a ComfyUI graph."""

JOB_ID_CHARACTERS = 512
"""Longest id that a producer may give a job."""

NOTE_CHARACTERS = 8_192
"""Longest note or feedback text from a person."""

TAG_CHARACTERS = 100
"""Longest tag."""

JSON_VALUES = 500_000
"""Most values, and most brackets, of a JSON document from outside: empty lists cost twenty times their bytes."""

INFOTEXT_CHARACTERS = 1_000_000
"""Longest infotext that is taken apart."""

INTEGER_DIGITS = 4_000
"""Most digits of an integer from outside; seeds below that stay exact."""

ARCHIVE_FILES = 50_000
"""Most files in an archive of a library."""

ALIAS_FILE_BYTES = 64 * 1024 * 1024
"""Largest list of tag aliases that is read."""

TERM_FILE_BYTES = 512 * 1024 * 1024
"""Largest file of term vectors that is read."""

MODEL_HEADER_BYTES = 100 * 1024 * 1024
"""Largest header of a file of model weights."""

MANIFEST_BYTES = 16 * 1024 * 1024
"""Largest manifest of an archive."""

SIDECAR_BYTES = 256 * 1024
"""Largest sidecar that a draft may change; its old content goes into one entry of the audit chain."""

PENDING_DRAFTS = 50
"""Most drafts that wait for a person at once."""

REASON_CHARACTERS = 500
"""Longest reason of a draft, a refusal or a withdrawal."""

DRAFT_REFERENCES = 20
"""Most records that a draft names as evidence."""

PROFILE_BYTES = 1024 * 1024
"""Largest sidecar of a checkpoint or LoRA that is read."""

PROFILE_NAME_CHARACTERS = 200
"""Longest name, id or label that a draft may put into a sidecar."""

PROFILE_PHRASE_CHARACTERS = 1_000
"""Longest tag, use or trigger phrase that a draft may put into a sidecar."""

PROFILE_ENTRIES = 200
"""Most presets, weights, pairings or phrases that a draft may leave in one list of a sidecar."""

MODEL_FOLDER_ENTRIES = 200_000
"""Most files and folders that are looked at under one configured folder of models."""

MODEL_FOLDER_DEPTH = 20
"""How deep folders under a configured folder of models are gone into."""

MODEL_FOLDERS = 100
"""Most folders of models that a person can configure for one library."""
