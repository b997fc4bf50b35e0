"""The tables that DuckDB is given: every layout that a careful user would try, in memory and in a file."""

from pathlib import Path
from typing import Any

LOAD = """
CREATE TABLE images_read AS SELECT * FROM read_json('{images}', format = 'newline_delimited', columns = {{
    job: 'INTEGER', time: 'DOUBLE', checkpoint: 'VARCHAR', sampler: 'VARCHAR', scheduler: 'VARCHAR',
    steps: 'SMALLINT', cfg_scale: 'DOUBLE', size: 'VARCHAR', prompt: 'INTEGER', stars: 'TINYINT',
    selected: 'BOOLEAN', loras: 'VARCHAR[]'}});
CREATE TABLE prompts_read AS SELECT * FROM read_json('{prompts}', format = 'newline_delimited', columns = {{
    prompt: 'INTEGER', text: 'VARCHAR', words: 'VARCHAR[]'}});
CREATE TYPE checkpoint_name AS ENUM (SELECT DISTINCT checkpoint FROM images_read ORDER BY ALL);
CREATE TYPE sampler_name AS ENUM (SELECT DISTINCT sampler FROM images_read ORDER BY ALL);
CREATE TYPE scheduler_name AS ENUM (SELECT DISTINCT scheduler FROM images_read ORDER BY ALL);
CREATE TYPE size_name AS ENUM (SELECT DISTINCT size FROM images_read ORDER BY ALL);
CREATE TYPE lora_name AS ENUM (SELECT DISTINCT unnest(loras) AS lora FROM images_read ORDER BY ALL);
CREATE TYPE word AS ENUM (SELECT DISTINCT unnest(words) AS word FROM prompts_read ORDER BY ALL);
"""

LAYOUTS = """
CREATE TABLE prompts AS SELECT prompt, text, words::word[] AS words FROM prompts_read ORDER BY prompt;
CREATE TABLE images AS SELECT job, time, checkpoint::checkpoint_name AS checkpoint,
    sampler::sampler_name AS sampler, scheduler::scheduler_name AS scheduler, steps, cfg_scale,
    size::size_name AS size, prompt, stars, selected, loras::lora_name[] AS loras,
    epoch_ms(CAST(time * 1000 AS BIGINT))::DATE AS day
    FROM images_read ORDER BY time;
CREATE TABLE images_by_prompt AS SELECT * FROM images ORDER BY prompt, time;
CREATE TABLE wide AS SELECT images.*, prompts.words, prompts.text FROM images JOIN prompts USING (prompt) ORDER BY time;
CREATE TABLE posting AS SELECT unnest(words) AS word, prompt FROM prompts ORDER BY ALL;
CREATE TABLE posting_with_art AS SELECT * FROM posting ORDER BY ALL;
CREATE INDEX posting_art ON posting_with_art(word);
CREATE TABLE image_posting AS SELECT word, job FROM posting JOIN images USING (prompt) ORDER BY ALL;
CREATE TABLE used AS SELECT job, unnest(loras) AS lora FROM images ORDER BY job;
DROP TABLE images_read;
DROP TABLE prompts_read;
"""


def connect(images: Path, prompts: Path, file: Path | None) -> Any:
    """Return a connection to all layouts of the rows, in memory or in `file`."""
    import duckdb

    connection = duckdb.connect(":memory:" if file is None else str(file))
    connection.execute(LOAD.format(images=images.as_posix(), prompts=prompts.as_posix()))
    connection.execute(LAYOUTS)
    if file is not None:
        connection.close()
        connection = duckdb.connect(str(file))
    return connection
