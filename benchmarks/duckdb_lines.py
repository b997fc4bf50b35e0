"""DuckDB over the same log: every line into one table, as the peer of building the index and of one new record."""

from pathlib import Path
from typing import Any

LORA_TYPE = "STRUCT(name VARCHAR, weight DOUBLE, kind VARCHAR)[]"
USED = {
    "kind": "VARCHAR", "job_id": "VARCHAR", "timestamp_end": "DOUBLE", "prompt_positive": "VARCHAR",
    "prompt_negative": "VARCHAR", "model": "VARCHAR", "sampler": "VARCHAR", "scheduler": "VARCHAR",
    "steps": "INTEGER", "cfg_scale": "DOUBLE", "seed": "UBIGINT", "width": "INTEGER", "height": "INTEGER",
    "hires_enabled": "BOOLEAN", "total_runtime_sec": "DOUBLE", "loras": LORA_TYPE, "user_rating": "INTEGER",
    "value": "INTEGER", "verdict": "VARCHAR",
}  # fmt: skip
"""The fields that questions use."""

ALL = USED | {
    "schema_version": "INTEGER", "timestamp_start": "DOUBLE", "variant_index": "INTEGER",
    "variant_total": "INTEGER", "batch_index": "INTEGER", "batch_total": "INTEGER", "output_dir": "VARCHAR",
    "output_paths": "VARCHAR[]", "stage_runtimes": "MAP(VARCHAR, DOUBLE)", "stage": "VARCHAR",
    "learning_mode": "VARCHAR", "source_tool": "VARCHAR", "source_version": "VARCHAR", "image_hash": "VARCHAR",
    "raw": "STRUCT(carrier VARCHAR, reader VARCHAR)", "clip_skip": "INTEGER", "refiner_enabled": "BOOLEAN",
    "upscale_enabled": "BOOLEAN", "adetailer_enabled": "BOOLEAN", "stage_sequence": "VARCHAR[]",
    "checkpoint_hash": "VARCHAR", "prompt_pack": "VARCHAR", "prompt_id": "VARCHAR", "session_id": "VARCHAR",
    "run_id": "VARCHAR", "hires_denoise": "DOUBLE", "hires_scale": "DOUBLE",
    "hires": "STRUCT(upscaler VARCHAR, scale DOUBLE, steps INTEGER, denoising_strength DOUBLE)",
    "event_id": "VARCHAR", "source": "VARCHAR", "score_source": "VARCHAR", "crc32": "VARCHAR",
}  # fmt: skip
"""Every field of a generated log: whatworks can give all of them back."""

# Canonical names as whatworks counts them: folder, extension and hash off, a glued schedule taken apart.
IMAGES = r"""
CREATE TABLE images AS
SELECT jobs.job_id, prompt_positive AS prompt, steps, round(cfg_scale, 6) AS cfg_scale, loras,
    regexp_replace(regexp_replace(model, '^.*/', ''), '\.safetensors( \[\w+\])?$', '') AS checkpoint,
    regexp_replace(sampler, ' Karras$', '') AS sampler,
    coalesce(scheduler, regexp_extract(sampler, 'Karras$')) AS scheduler,
    width || 'x' || height AS size,
    coalesce(ratings.stars, user_rating) AS stars, picks.verdict AS verdict
FROM lines AS jobs
LEFT JOIN (
    SELECT job_id, last(value) AS stars FROM lines WHERE kind = 'rating' GROUP BY job_id
) AS ratings USING (job_id)
LEFT JOIN (
    SELECT job_id, last(verdict) AS verdict FROM lines WHERE kind = 'selection' GROUP BY job_id
) AS picks USING (job_id)
WHERE jobs.kind = 'job'
"""

COUNTS = "count(*), count(*) FILTER (verdict = 'selected' OR stars >= 4), avg(stars)"
MATCHED = r"""
CREATE OR REPLACE TEMP TABLE matched AS SELECT * FROM images
WHERE (stars IS NOT NULL OR verdict IS NOT NULL) AND regexp_matches(prompt, '\bbeach(es)?\b', 'i')
"""
BY_SETTING = f"""
SELECT checkpoint, sampler, scheduler, steps, cfg_scale, size, {COUNTS} FROM matched
GROUP BY GROUPING SETS ((checkpoint), (sampler), (scheduler), (steps), (cfg_scale), (size))
"""
BY_LORA = f"SELECT lora, {COUNTS} FROM (SELECT *, unnest(loras).name AS lora FROM matched) GROUP BY lora"


def read_lines(connection: Any, log: Path, fields: dict[str, str] = USED) -> None:
    """Read the log into one table `lines`, its schema given, as a careful user would."""
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in fields.items())
    connection.execute(
        "CREATE TABLE lines AS SELECT * FROM read_json("
        f"'{log.as_posix()}', format = 'newline_delimited', columns = {{{columns}}})"
    )


def open_images(log: Path) -> Any:
    """Return a connection with a table `images` in memory: a row a job, with its standing judgement."""
    import duckdb

    connection = duckdb.connect()
    read_lines(connection, log)
    connection.execute(IMAGES)
    return connection


def beach_by_everything(connection: Any) -> int:
    """Ask which settings went with good beach images; returns the number of rows of the answer."""
    connection.execute(MATCHED)
    return len(connection.execute(BY_SETTING).fetchall()) + len(connection.execute(BY_LORA).fetchall())
