"""Acceptance cases C1-C9 and H1, end to end: `whatworks import`, then a real client over a real pipe, in both eras."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import preloaded_command
import pytest
from mcp import Client, StdioServerParameters
from msgspec import Struct
from stablenew_lines import curation, experiment, record, review

from learning_core import LearningWriter

SCRIPT = Path(sysconfig.get_path("scripts")) / ("whatworks.exe" if sys.platform == "win32" else "whatworks")
INSTALLED = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "server"]


class World(Struct, frozen=True):
    """A folder to import from, and the tools of a server on the library it was imported into."""

    folder: Path
    environment: dict[str, str]
    era: str
    command: list[str]

    def write(self, name: str, *lines: object) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines))
        return path

    def bring_in(self, *paths: Path) -> dict[str, Any]:
        done = subprocess.run(
            [*self.command, "import", "--json", *(str(path) for path in paths or (self.folder,))],
            env=self.environment, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr.decode()
        assert b"Traceback" not in done.stderr
        return dict(json.loads(done.stdout))

    def talk(self, say: Callable[[Client], Awaitable[list[dict[str, Any]]]]) -> list[dict[str, Any]]:
        async def converse() -> list[dict[str, Any]]:
            program, *words = self.command
            process = StdioServerParameters(command=program, args=[*words, "serve"], env=self.environment)
            async with Client(process, mode=self.era) as client:  # type: ignore[arg-type]
                return await say(client)

        return anyio.run(converse)

    def ask(self, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        async def say(client: Client) -> list[dict[str, Any]]:
            return [await answer(client, name, arguments) for name, arguments in calls]

        return self.talk(say)

    def items(self, where: str = "") -> list[dict[str, Any]]:
        async def say(client: Client) -> list[dict[str, Any]]:
            page = await answer(client, "search_records", {"where": where})
            refs = [item["ref"] for item in page["items"]]
            found = await answer(client, "get_item", {"refs": refs[:5], "detail": "full"}) if refs else {"items": []}
            return list(found["items"])

        return self.talk(say)


async def answer(client: Client, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


ERAS = ["auto", pytest.param("legacy", marks=pytest.mark.slow)]


def new_world(folder: Path, era: str, command: list[str]) -> World:
    (folder / "from").mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WHATWORKS_")},
        "WHATWORKS_LIBRARY": str(folder / "library"),
        "WHATWORKS_CACHE": str(folder / "cache"),
    }
    return World(folder / "from", environment, era, command)


@pytest.fixture(params=ERAS)
def installed_world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """A world in which the command is started as it was installed."""
    return new_world(tmp_path, request.param, INSTALLED)


@pytest.fixture(params=ERAS)
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """A world in which the command starts quickly."""
    return new_world(tmp_path, request.param, preloaded_command.command())


def about(answer: dict[str, Any], by: str) -> dict[str, Any]:
    return next(parameter for parameter in answer["parameters"] if parameter["by"] == by)


def test_c1_a_full_record_survives_and_two_appends_make_two_lines(installed_world: World) -> None:
    full = {
        "job_id": "j1", "timestamp_start": 1767283247.2, "timestamp_end": 1767283279.9,
        "prompt_positive": "beach at sunset <lora:add-detail-xl:0.3>", "prompt_negative": "blurry",
        "model": "coastlineXL_v3", "vae": None, "sampler": "DPM++ 2M", "scheduler": "Karras", "cfg_scale": 6.5,
        "steps": 34, "seed": 18446744073709551615, "variant_index": 0, "variant_total": 1, "batch_index": 0,
        "batch_total": 1, "refiner_enabled": False, "hires_enabled": False, "upscale_enabled": False,
        "adetailer_enabled": True, "output_dir": "output/r", "output_paths": ["output/r/a.png"],
        "total_runtime_sec": 32.7, "stage_runtimes": {"txt2img": 21.0}, "user_rating": 4, "notes": "good",
    }  # fmt: skip
    writer = LearningWriter(installed_world.folder / "records.jsonl")
    assert writer.write(full)
    assert writer.write({**full, "job_id": "j2", "user_rating": None})
    lines = (installed_world.folder / "records.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert all(line.startswith("{") for line in lines)
    assert json.loads(lines[0]) == full
    installed_world.bring_in()
    (item,) = [item for item in installed_world.items() if item["job_id"] == "j1"]
    assert item["settings"] | {"seed": "18446744073709551615", "steps": "34", "cfg_scale": "6.5"} == item["settings"]
    assert (item["settings"]["lora"], item["positive_prompt"]) == ("add-detail-xl@0.3", full["prompt_positive"])
    assert (item["rating"], item["note"], item["images"]) == (4.0, "good", ["output/r/a.png"])


def test_c2_a_line_with_only_run_id_and_timestamp_is_accepted(world: World) -> None:
    world.write("learning_records.jsonl", {"run_id": "r1", "timestamp": "2026-01-01T00:00:00"})
    report = world.bring_in()
    assert (report["new"], report["skipped_total"]) == (1, 0)
    (item,) = world.items()
    assert (item["settings"], item["positive_prompt"], item["rating"]) == ({}, None, None)


def test_c3_one_bad_line_costs_one_line(world: World) -> None:
    good = [experiment(f"r{n}", 5.0 + n, 4, f"D:\\sd\\{n}.png") for n in range(6)]
    world.write(
        "learning_records.jsonl",
        b"\xef\xbb\xbf" + json.dumps(good[0]).encode(), b"[1,2]", good[1], b"null", b'{"run_id": "x", "bad": \xff}',
        good[2], b"{broken", good[3], {**good[4], "metadata": None}, b'{"run_id":"d","run_id":"r9","timestamp":"t0"}',
        b'{"run_id": "torn", "timest',
    )  # fmt: skip
    torn = world.folder / "learning_records.jsonl"
    torn.write_bytes(torn.read_bytes()[:-1])
    report = world.bring_in()
    assert report["skipped_total"] == 5
    assert {skipped["where"] for skipped in report["skipped"]} == {f"line {n}" for n in (2, 4, 5, 7, 11)}
    (answer,) = world.ask(("what_works", {"subject": "", "by": "cfg_scale", "limit": 20}))
    assert {setting["setting"] for setting in answer["parameters"][0]["ranked"]} == {"5", "6", "7", "8"}


def test_c4_the_last_rating_of_an_image_wins(world: World) -> None:
    world.write(
        "learning_records.jsonl",
        experiment("r1", 7.0, 1, "a.png"), experiment("r2", 7.0, 5, "b.png"), experiment("r3", 7.0, 4, "a.png"),
        experiment("r4", 8.0, None, "c.png"), experiment("r5", 9.0, 5, None),
    )  # fmt: skip
    world.bring_in()
    (answer,) = world.ask(("what_works", {"subject": "", "by": "cfg_scale", "limit": 20}))
    (seven,) = answer["parameters"][0]["ranked"]
    assert (seven["setting"], seven["n_rated"], seven["mean_rating"]) == ("7", 2, 4.5)


def test_c5_subscores_and_context_flags_are_kept_in_their_range(world: World) -> None:
    path = world.write(
        "learning_records.jsonl",
        experiment("r1", 7.0, 4, "a.png", subscores={"composition": 5, "anatomy": 9}, rating_details={"composition": 1},
                   rating_context={"people": True, "landscape": False}, rating_schema_version=2),
        review("r2", 4, 4, review_context={"has_people": True}, rating_details={"structure": 3}),
        experiment("r3", 7.0, 4, "c.png"),
    )  # fmt: skip
    world.bring_in(path)
    log = Path(world.environment["WHATWORKS_LIBRARY"]) / "log" / "whatworks.jsonl"
    ratings = [event for event in map(json.loads, log.read_text().splitlines()) if event["kind"] == "rating"]
    assert [event.get("subscores") for event in ratings] == [{"composition": 5}, {"structure": 3}, None]
    assert [event.get("context_flags", {}).get("people") for event in ratings] == [True, True, None]


def test_c6_raw_stars_count_and_the_blend_is_shown_as_derived(world: World) -> None:
    subscores = {"composition": 5, "prompt_adherence": 4, "technical_quality": 3}
    world.write("learning_records.jsonl", review("r1", 2, 3, subscores=subscores))
    world.bring_in()
    (item,) = world.items()
    assert item["rating"] == 2.0
    assert any("producer's blend 3" in line["text"] for line in item["judgements"])


def test_c7_an_undone_review_leaves_no_evidence(world: World) -> None:
    path = world.write("learning_records.jsonl", review("r1", 5, 5))
    world.bring_in(path)
    assert world.ask(("what_works", {"subject": "beach"}))[0]["matched"]["rated"] == 1
    path.write_bytes(b"")
    assert world.bring_in(path)["withdrawn"] > 0
    after, overview = world.ask(("what_works", {"subject": "beach"}), ("library_overview", {}))
    assert (after["matched"]["jobs"], after["matched"]["rated"], after["tier"]) == (0, 0, "no_evidence")
    assert (overview["jobs"], overview["withdrawn"]) == (0, 1)
    world.write("learning_records.jsonl", review("r1", 5, 5))
    world.bring_in(path)
    assert world.ask(("what_works", {"subject": "beach"}))[0]["matched"]["rated"] == 1


def test_c8_a_decision_is_not_a_rating(world: World) -> None:
    world.write(
        "learning_records.jsonl",
        curation("r1", "advanced_to_upscale", 4.3),
        curation("r2", "not_advanced", 5.0, final_rating=5.0, user_rating=5.0, user_rating_source="final_rating"),
        curation("r3", "rejected_hard", 1.0, source="learning_experiment", evidence_class="controlled"),
    )
    world.bring_in()
    overview, answer = world.ask(("library_overview", {}), ("what_works", {"subject": ""}))
    counted = {(each["evidence_class"], each["decision"]): each["events"] for each in overview["curation"]}
    assert counted == {
        ("observational", "advanced_to_upscale"): 1, ("observational", "not_advanced"): 1,
        ("controlled", "rejected_hard"): 1,
    }  # fmt: skip
    assert {tag["name"] for tag in overview["tags"]} == {"good_lighting", "keeper"}
    assert (answer["matched"]["rated"], answer["matched"]["mean_rating"]) == (1, 5.0)
    items = {item["images"][0][-6:-4]: item for item in world.items()}
    assert items["r1"]["rating"] is None
    assert any("soft score 4.3" in line["text"] for line in items["r1"]["judgements"])


def test_c9_the_same_run_again_with_a_rating_is_one_job(world: World) -> None:
    first = record("r1", base_config={"txt2img": {"model": "coastlineXL_v3", "steps": 30, "sampler_name": "Euler a"}})
    again = {**first, "metadata": {"rating": 4, "tags": "calm, sea"}}
    world.write("learning_records.jsonl", first, again)
    world.bring_in()
    (item,) = world.items()
    assert (item["rating"], item["tags"]) == (4.0, ["calm", "sea"])
    assert item["settings"]["checkpoint"] == "coastlineXL_v3"


def test_h1_three_events_of_a_job_are_one_job_with_the_last_status(world: World) -> None:
    def event(job_id: str, status: str, **fields: Any) -> dict[str, Any]:
        job = {"base_model": "coastlineXL_v3", "sampler_name": "DPM++ 2M", "steps": 20, "cfg_scale": 7.0,
               "seed": 5, "positive_prompt": f"beach {job_id}", "output_paths": [f"{job_id}.png"]}  # fmt: skip
        return {
            "job_id": job_id, "created_at": "2026-03-12T00:10:32.799797", "status": status, "payload_summary": "",
            "started_at": None, "completed_at": None, "error_message": None, "snapshot": {"normalized_job": job},
            "result": None,
        } | fields  # fmt: skip

    world.write(
        "job_history.jsonl",
        event("good", "queued"), event("good", "running"), event("good", "completed", result={"success": True}),
        event("failed", "queued"), event("failed", "completed", result={"success": False, "error": "out of memory"}),
        event("error", "completed", result={"error": "no model"}), event("stuck", "queued"), event("stuck", "running"),
    )  # fmt: skip
    report = world.bring_in()
    assert report["new"] == 1
    (item,) = world.items()
    assert item["positive_prompt"] == "beach good"
    assert about(world.ask(("what_works", {"subject": "beach"}))[0], "sampler")["status"] == "no_evidence"


def test_the_real_sample_lines_give_32_rated_observations(world: World) -> None:
    sample = Path(__file__).resolve().parents[3] / "shared" / "data" / "stablenew_learning_records.jsonl"
    if not sample.exists():
        pytest.skip("the shared sample data is not here")
    assert world.bring_in(sample)["new"] == 32
    assert world.bring_in(sample)["new"] == 0
    steps, cfg = world.ask(
        ("what_works", {"subject": "", "by": "steps"}), ("what_works", {"subject": "", "by": "cfg_scale"})
    )
    assert steps["matched"]["rated"] == 32
    assert (steps["parameters"][0]["baseline_n"], steps["parameters"][0]["total"]) == (21, 20)
    assert (cfg["parameters"][0]["baseline_n"], cfg["parameters"][0]["total"]) == (11, 10)
    assert steps["tier"] == "experiment_sparse_plus_review"
    assert "checkpoint and prompt are unknown for 21 of these 21 images" in steps["parameters"][0]["sentence"]
