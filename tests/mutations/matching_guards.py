"""Each guard of matching words and of widening them; see `guards` for what a row means."""

from tests.mutations.guards import Guard

WIDENED = "tests/core/matching/test_widening.py"
EXPANDED = "tests/core/matching/test_expansion.py"
EMBEDDED = "tests/core/matching/test_embed.py"
COSINES = "tests/core/matching/test_quantised.py"
MODELS = "tests/core/matching/test_model_folder.py"
SELECTED = "tests/core/matching/test_selection.py"

WIDENING = "learning_core/matching/near_terms.py"
EXPANSION = "learning_core/matching/expansion.py"
QUANTISED = "learning_core/matching/quantised.py"
FOLDER = "learning_core/matching/model_folder.py"
FILES = "learning_core/matching/file_set.py"
VECTORS = "learning_core/matching/term_vectors.py"
SELECTION = "learning_core/matching/selection.py"

MATCHING_GUARDS = (
    Guard("matching: a look-alike never counts", WIDENING, " and not each.looks_alike", "", (WIDENED,)),
    Guard("matching: a cap holds", WIDENING, " and len(counted) < rule.most", "", (WIDENED,)),
    Guard(
        "matching: the threshold holds", WIDENING,
        "if each.similarity >= rule.threshold and", "if", (WIDENED,),
    ),
    Guard(
        "matching: an attribute is not widened", WIDENING,
        "if any(holds_attribute(words(each.term)) for each in facet):", "if False:", (WIDENED,),
    ),
    Guard("matching: a quoted phrase is only itself", WIDENING, "if is_phrase(own):", "if False:", (WIDENED,)),
    Guard(
        "matching: vectors of another table are not mixed in", WIDENING,
        "elif static.origin.sha256 != table.sha256 or static.vectors.shape[1] != table.rows.shape[1]:", "elif False:",
        (WIDENED,),
    ),
    Guard("matching: what shares a word is not taken", EXPANSION, "if words & spoken or any(", "if any(", (WIDENED,)),
    Guard(
        "matching: what holds a nearer term is not taken", EXPANSION,
        " or any(nearer <= words for nearer in taken)", "", (EXPANDED,),
    ),
    Guard(
        "matching: terms of one cosine come by prompts", EXPANSION,
        "np.lexsort((-vectors.prompts[near], -similar[near]))", "np.argsort(-similar[near])", (EXPANDED,),
    ),
    Guard(
        "matching: sums stay exact", QUANTISED,
        "np.float32 if vectors.shape[1] <= _EXACT_IN_FLOAT32 else np.float64", "np.float16", (COSINES,),
    ),
    Guard(
        "matching: pickled weights are refused", FOLDER,
        "if path.suffix.casefold() in _PICKLED and path.is_file():", "if False:", (MODELS,),
    ),
    Guard("matching: program code is refused", FOLDER, 'if path.suffix.casefold() == ".py":', "if False:", (MODELS,)),
    Guard("matching: code of the model is refused", FOLDER, 'if "auto_map" in config:', "if False:", (MODELS,)),
    Guard("matching: truncated weights are refused", FOLDER, "if size != 8 + length + end:", "if False:", (MODELS,)),
    Guard(
        "matching: a pinned hash is checked", FOLDER,
        "if sha256 is not None and digest != sha256.casefold():", "if False:", (MODELS,),
    ),
    Guard(
        "matching: a torn file is not used", FILES,
        "if hashlib.sha256(content).hexdigest() != digest:", "if False:", (WIDENED,),
    ),
    Guard(
        "matching: vectors of another version are not used", VECTORS,
        'about.get("method") != METHOD or ', "", (WIDENED,),
    ),
    Guard(
        "matching: only new terms are embedded", VECTORS,
        "new = [term for term, _ in counts if term not in rows]", "new = [term for term, _ in counts]", (EMBEDDED,),
    ),
    Guard(
        "matching: what is excluded is left out", SELECTION,
        "np.setdiff1d(chosen, unwanted, assume_unique=True)", "chosen", (SELECTED,),
    ),
    Guard(
        "matching: every facet must be there", SELECTION,
        "chosen = np.intersect1d(chosen, _union([each.prompts for each in facet]), assume_unique=True)",
        "chosen = np.union1d(chosen, _union([each.prompts for each in facet]))", (SELECTED, WIDENED),
    ),
)  # fmt: skip
