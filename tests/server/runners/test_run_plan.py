"""Plans run on real HTTP servers: each step once, kept and logged with its ids, and a sentence for whatever fails."""

import base64
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_image_servers import OUT_OF_MEMORY, FakeA1111, FakeComfyUI, FakeServer, serving
from library_factory import make_library
from picture_factory import png, text_chunk
from plan_factory import BASE, make_plan

from learning_core.errors import (
    NotExpressible,
    NotThatServer,
    PlanRefused,
    ServerLacks,
    ServerOutOfMemory,
    ServerRefused,
    ServerSlow,
    ServerUnreachable,
    WhatworksError,
)
from learning_core.importers.run import import_paths
from learning_core.library import Library
from learning_core.plans.attribution import attribute
from learning_core.plans.generation_config import LoraWeight, StageSettings
from learning_core.plans.learning_plan import LearningPlan
from learning_core.plans.steps import steps_of
from learning_core.recipes.input_image import keep_input
from learning_core.recipes.outputs import Ran, keep_output
from server.runners.a1111 import A1111
from server.runners.address import address
from server.runners.comfyui import ComfyUI
from server.runners.connection import Connection
from server.runners.image_server import ImageServer
from server.runners.png_texts import with_texts
from server.runners.run import alone, look, run_steps

BACKENDS = ["comfyui", "a1111"]
CLOCK = itertools.count(1_795_000_000.0, 2.5)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return make_library(tmp_path)


@pytest.fixture(params=BACKENDS)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    with serving(FakeComfyUI() if request.param == "comfyui" else FakeA1111()) as server:
        yield server


@contextmanager
def connected(fake: FakeServer, patience: float = 30.0) -> Iterator[ImageServer]:
    if isinstance(fake, FakeComfyUI):
        with Connection("ComfyUI", address(fake.url)) as connection:
            yield ComfyUI(connection, patience=patience, sleep=lambda _: None)
    else:
        with Connection("A1111", address(fake.url)) as connection:
            yield A1111(connection, patience=patience)


def run(library: Library, plan: LearningPlan, fake: FakeServer, *, images: int | None = None, **more: Any) -> list[Any]:
    """Run a plan, or only its next images; returns what came home."""
    with connected(fake, **more) as server:
        todo = look(library, plan)
        server.prepare(plan, todo.missing, keep_input(library.root, plan))
        return list(itertools.islice(run_steps(library, plan, todo, server, now=lambda: next(CLOCK)), images))


def handed_in(fake: FakeServer) -> list[Any]:
    return fake.posted("/prompt") + fake.posted("/sdapi/v1/txt2img")


def images_of(library: Library, plan: LearningPlan) -> dict[str, list[Any]]:
    return library.ask(lambda snapshot: attribute(snapshot, plan)).images


def test_every_step_comes_home_once_with_its_ids_as_controlled_evidence(library: Library, fake: FakeServer) -> None:
    plan = make_plan()
    kept = run(library, plan, fake)
    assert [each.remark for each in kept] == [""] * 4
    images = images_of(library, plan)
    assert set(images) == {step.step_id for step in steps_of(plan)}
    assert all(len(each) == 1 and each[0].how == "embedded" for each in images.values())
    for step in steps_of(plan):
        job = library.ask(lambda snapshot, step=step: snapshot.job(images[step.step_id][0].ref))
        assert (job["plan_id"], job["step_id"], job["learning_mode"]) == (plan.plan_id, step.step_id, "active")
        assert job["experiment"]["evidence"] == "controlled"
        assert job["experiment"]["focus_value"] == plan.variant_values[step.variant_index] == job["steps"]
        assert job["seed"] == 11
        assert job["total_runtime_sec"] > 0
        path = Path(job["output_paths"][0])
        assert path.is_relative_to(library.root / "plans" / plan.plan_id / "images")


def test_a_finished_plan_asks_the_server_for_nothing(library: Library, fake: FakeServer) -> None:
    plan = make_plan()
    run(library, plan, fake)
    asked = len(handed_in(fake))
    assert look(library, plan).missing == []
    assert run(library, plan, fake) == []
    assert len(handed_in(fake)) == asked == 4


def test_a_run_that_stopped_goes_on_with_the_missing_steps(library: Library, fake: FakeServer) -> None:
    plan = make_plan()
    first = run(library, plan, fake, images=1)
    assert len(images_of(library, plan)) == len(first) == 1
    rest = run(library, plan, fake)
    assert len(rest) == 3
    assert len(handed_in(fake)) == 4
    assert len(images_of(library, plan)) == 4


def test_an_image_that_was_kept_but_not_logged_is_logged_by_the_next_run(library: Library, fake: FakeServer) -> None:
    plan = make_plan()
    run(library, plan, fake, images=2)
    library.own_log.unlink()
    todo = look(library, plan)
    assert len(todo.adopted) == 2
    assert todo.done == 2
    assert len(handed_in(fake)) == 2


def test_images_imported_from_elsewhere_are_not_counted_twice(library: Library, fake: FakeServer) -> None:
    plan = make_plan()
    run(library, plan, fake)
    report = import_paths(library, [library.root / "plans"])
    assert (report.read, report.new, report.already_known) == (4, 0, 4)


def test_an_image_of_the_server_s_own_folder_is_the_same_record(library: Library, tmp_path: Path) -> None:
    plan = make_plan()
    with serving(FakeComfyUI()) as fake:
        run(library, plan, fake)
        for name, content in fake.files.items():
            path = tmp_path / "output" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    report = import_paths(library, [tmp_path / "output"])
    assert (report.read, report.new) == (4, 0)


def test_a_step_that_was_handed_in_before_is_taken_up_where_it_is(library: Library) -> None:
    plan = make_plan()
    with serving(FakeComfyUI()) as fake:
        run(library, plan, fake)
        other = make_library(library.root.parent / "other")
        run(other, plan, fake)
        assert len(fake.posted("/prompt")) == 4
    assert len(images_of(other, plan)) == 4


def test_a_server_that_names_steps_itself_works_too(library: Library) -> None:
    with serving(FakeComfyUI(looks=2)) as fake:
        fake.keeps_ids = False
        assert len(run(library, make_plan(), fake)) == 4


class TestFaults:
    def check(self, library: Library, fake: FakeServer, kind: type[WhatworksError], *words: str, **more: Any) -> None:
        plan = more.pop("plan", make_plan())
        before = len(images_of(library, plan))
        with pytest.raises(kind) as caught:
            run(library, plan, fake, **more)
        for word in words:
            assert word in str(caught.value)
        assert str(caught.value).endswith((".", "?"))
        assert len(images_of(library, plan)) == before

    def test_nobody_listens(self, library: Library, fake: FakeServer) -> None:
        fake.url = "http://127.0.0.1:9"
        self.check(library, fake, ServerUnreachable, "127.0.0.1:9", "nobody listens")

    def test_somebody_else_answers(self, library: Library, fake: FakeServer) -> None:
        fake.faults["/"] = (200, b"<html>a router</html>")
        self.check(library, fake, NotThatServer, "not JSON")

    def test_the_other_program_answers(self, library: Library, fake: FakeServer) -> None:
        other = FakeA1111() if isinstance(fake, FakeComfyUI) else FakeComfyUI()
        with serving(other) as server:
            fake.url = server.url
            self.check(library, fake, ServerRefused, "HTTP 404")

    def test_a_redirect_is_not_followed(self, library: Library, fake: FakeServer) -> None:
        with serving(FakeComfyUI()) as elsewhere:
            fake.faults["/"] = (307, {"to": f"{elsewhere.url}/system_stats"})
            self.check(library, fake, NotThatServer, "redirects are not followed")
            assert elsewhere.asked == []

    @pytest.mark.parametrize("status", [401, 404, 500, 503])
    def test_an_http_error_is_told_in_the_server_s_words(self, library: Library, fake: FakeServer, status: int) -> None:
        fake.faults["/prompt" if isinstance(fake, FakeComfyUI) else "/sdapi/v1/txt2img"] = (
            status,
            {"error": "Oops", "detail": "the disk is full"},
        )
        self.check(library, fake, ServerRefused, f"HTTP {status}", "the disk is full", "image 1")

    def test_out_of_memory(self, library: Library, fake: FakeServer) -> None:
        if isinstance(fake, FakeComfyUI):
            fake.failing[0] = OUT_OF_MEMORY
        elif isinstance(fake, FakeA1111):
            fake.failing[0] = (500, {"error": "OutOfMemoryError", "errors": "CUDA out of memory. Tried to allocate"})
        self.check(library, fake, ServerOutOfMemory, "ran out of memory at image 1")

    def test_a_step_that_failed_is_tried_again_by_the_next_run(self, library: Library) -> None:
        plan = make_plan()
        with serving(FakeComfyUI()) as fake:
            fake.failing[1] = OUT_OF_MEMORY
            with pytest.raises(ServerOutOfMemory):
                run(library, plan, fake)
            assert len(images_of(library, plan)) == 1
            assert len(run(library, plan, fake)) == 3
        assert len(images_of(library, plan)) == 4

    def test_a_slow_server_keeps_its_step(self, library: Library) -> None:
        with serving(FakeComfyUI(looks=10**6)) as fake:
            self.check(library, fake, ServerSlow, "--patience", patience=0.3)
            assert len(fake.queue) == 1

    def test_a_server_that_never_answers_is_left(self, library: Library) -> None:
        with serving(FakeA1111()) as fake:
            fake.faults["/sdapi/v1/txt2img"] = "hang"
            self.check(library, fake, ServerSlow, "0.2 seconds", patience=0.2)

    def test_a_server_that_forgot_the_step_says_so(self) -> None:
        plan = make_plan()
        with serving(FakeComfyUI(looks=10**6)) as fake, connected(fake) as server:
            server.prepare(plan, steps_of(plan))
            threading.Thread(target=lambda: (wait_for(fake), fake.queue.clear())).start()
            with pytest.raises(ServerRefused, match="neither waiting, running nor done"):
                server.make(steps_of(plan)[0])

    @pytest.mark.parametrize(
        ("change", "kind", "near"),
        [
            ({"checkpoint": "coasts"}, "checkpoint", "coast"),
            ({"loras": (LoraWeight(name="flim", weight=0.5),)}, "LoRA", "film"),
            ({"vae": "sdxl_vae"}, "VAE", "sdxl.vae"),
            ({"stages": {"txt2img": StageSettings(sampler="Eulre a", steps=9, cfg_scale=5)}}, "sampler", "uler"),
        ],
    )
    def test_what_is_missing_there_is_named_with_the_nearest_before_anything_is_made(
        self, library: Library, fake: FakeServer, change: dict[str, Any], kind: str, near: str
    ) -> None:
        plan = make_plan(BASE.model_copy(update=change))
        self.check(library, fake, ServerLacks, f"has no {kind}", near, plan=plan)
        assert handed_in(fake) == []

    def test_what_is_no_image_is_not_kept(self, library: Library) -> None:
        plan = make_plan()
        with serving(FakeComfyUI()) as fake:
            fake.faults["/view"] = (200, b"<html>")
            self.check(library, fake, NotThatServer, "no image")
        assert list((library.root / "plans" / plan.plan_id / "images").iterdir()) == []

    def test_a_stage_that_the_server_has_no_nodes_for_is_refused_first(self, library: Library) -> None:
        stages = BASE.stages | {"adetailer": StageSettings(detector="face_yolov8n.pt")}
        plan = make_plan(BASE.model_copy(update={"stages": stages}), stage_sequence=("txt2img", "adetailer"))
        with serving(FakeComfyUI()) as fake:
            self.check(library, fake, NotExpressible, "adetailer", plan=plan)


def wait_for(fake: FakeComfyUI) -> None:
    while not fake.queue:
        pass


class Interrupting:
    """A server during whose second image a person presses Ctrl-C."""

    def __init__(self, server: ImageServer, at: int) -> None:
        self._server = server
        self._left = at
        self.name = server.name
        self.prepare = server.prepare
        self.cancelled: list[str] = []

    def make(self, step: Any) -> Any:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        return self._server.make(step)

    def cancel(self, step: Any) -> None:
        self.cancelled.append(step.step_id)
        self._server.cancel(step)


def test_an_interrupted_run_takes_its_step_back_and_keeps_the_others(library: Library, fake: FakeServer) -> None:
    plan = make_plan()
    with connected(fake) as connection:
        server = Interrupting(connection, at=2)
        todo = look(library, plan)
        server.prepare(plan, todo.missing)
        with pytest.raises(KeyboardInterrupt):
            list(run_steps(library, plan, todo, server, now=lambda: next(CLOCK)))
    assert server.cancelled == [steps_of(plan)[2].step_id]
    assert len(images_of(library, plan)) == 2
    assert len(run(library, plan, fake)) == 2


@pytest.mark.parametrize("size", [(832, 1216), (None, None)])
def test_a_plan_from_an_image_sends_that_image_as_it_was_with_each_denoise_and_no_mask(
    size: tuple[int | None, int | None], library: Library, fake: FakeServer, tmp_path: Path
) -> None:
    picture = tmp_path / "beach photo.png"
    picture.write_bytes(png(picture=b"a beach", width=640, height=640))
    own = StageSettings(sampler="DPM++ 2M", scheduler="Karras", steps=28, cfg_scale=6.5)
    base = BASE.model_copy(
        update={"stages": {"img2img": own}, "input_image": str(picture), "width": size[0], "height": size[1]}
    )
    plan = make_plan(
        base, focus_parameter="img2img.denoising_strength", variant_values=(0.4, 0.6), stage_sequence=("img2img",)
    )
    kept = keep_input(library.root, plan)
    assert kept is not None and kept.read_bytes() == picture.read_bytes()
    sent = picture.read_bytes()
    picture.write_bytes(png(picture=b"another beach"))
    run(library, plan, fake, images=2)
    picture.unlink()
    run(library, plan, fake)
    if isinstance(fake, FakeComfyUI):
        assert all(sent in upload for upload in fake.uploads) and len(fake.uploads) == 2
        nodes = [node for body in fake.posted("/prompt") for node in body["prompt"].values()]
        denoises = [node["inputs"]["denoise"] for node in nodes if "denoise" in node["inputs"]]
        loaded = {node["inputs"]["image"] for node in nodes if node["class_type"] == "LoadImage"}
        assert loaded == {"upload1.png", "upload2.png"}
        scaled = [node["inputs"] for node in nodes if node["class_type"] == "ImageScale"]
        assert [(each["width"], each["height"]) for each in scaled] == ([size] * 4 if size[0] else [])
    else:
        bodies = fake.posted("/sdapi/v1/img2img")
        assert all(base64.b64decode(body["init_images"][0]) == sent for body in bodies)
        assert not any("mask" in body for body in bodies)
        denoises = [body["denoising_strength"] for body in bodies]
        assert not fake.posted("/sdapi/v1/txt2img")
    assert sorted(denoises) == [0.4, 0.4, 0.6, 0.6]
    found = images_of(library, plan)
    assert len(found) == 4
    assert all(
        image.config.stages["img2img"].denoising_strength in (0.4, 0.6) for each in found.values() for image in each
    )


@pytest.mark.parametrize("content", [None, b"root:x:0:0"])
def test_what_is_no_image_is_not_sent(content: bytes | None, library: Library, tmp_path: Path) -> None:
    path = tmp_path / "passwd"
    if content is not None:
        path.write_bytes(content)
    settings = {"img2img": StageSettings(steps=20, denoising_strength=0.5)}
    base = BASE.model_copy(update={"stages": settings, "input_image": str(path)})
    plan = make_plan(base, focus_parameter="img2img.steps", stage_sequence=("img2img",))
    with pytest.raises(PlanRefused, match="passwd"):
        keep_input(library.root, plan)


def test_only_our_own_step_is_taken_back() -> None:
    plan = make_plan()
    step, other = steps_of(plan)[:2]
    with serving(FakeComfyUI(looks=10**6)) as fake, connected(fake, patience=0.2) as server:
        server.prepare(plan, [step])
        for each in (step, other):
            with pytest.raises(ServerSlow):
                server.make(each)
        server.cancel(other)
        assert [method for method, path, _ in fake.asked if path == "/interrupt"] == []
        assert len(fake.queue) == 1
        server.cancel(step)
        assert fake.posted("/interrupt") != []
        assert fake.queue == {}


def test_work_of_somebody_else_is_not_interrupted() -> None:
    plan = make_plan()
    with serving(FakeComfyUI()) as fake, connected(fake) as server:
        fake.queue["somebody else's"] = {"number": 0, "body": {"prompt": {}}}
        server.cancel(steps_of(plan)[0])
        assert fake.posted("/interrupt") == []


def test_another_task_of_a1111_is_not_interrupted() -> None:
    plan = make_plan()
    with serving(FakeA1111()) as fake, connected(fake) as server:
        fake.current_task = "task(somebody else's)"
        server.cancel(steps_of(plan)[0])
        assert fake.posted("/sdapi/v1/interrupt") == []


def test_an_image_that_contradicts_its_step_is_kept_and_does_not_count(library: Library) -> None:
    plan = make_plan()
    with serving(FakeA1111()) as fake:
        fake.faults["/sdapi/v1/samplers"] = (404, {})
        with connected(fake) as server:
            todo = look(library, plan)
            server.prepare(plan, todo.missing)
            step = todo.missing[0]
            made = server.make(step)
    other = next(each for each in todo.steps if each.variant_index != step.variant_index)
    kept = keep_output(library, plan, other, made.content, Ran())
    assert "was made with" in kept.remark
    assert images_of(library, plan) == {}


def test_an_image_without_texts_is_known_by_what_was_asked_for_and_is_no_proof(library: Library) -> None:
    plan = make_plan()
    kept = keep_output(library, plan, steps_of(plan)[0], png(picture=b"bare"), Ran(1.0, 3.0))
    job = library.ask(lambda snapshot: snapshot.job(kept.ref))
    assert "does not say" in kept.remark
    assert (job["experiment"]["evidence"], job["seed"], job["total_runtime_sec"]) == ("unproven", 11, 2.0)


def test_an_image_that_comes_twice_is_one_line_of_the_log(library: Library) -> None:
    plan = make_plan()
    step = steps_of(plan)[0]
    first = keep_output(library, plan, step, png(picture=b"bare"), Ran(1.0, 3.0))
    log = library.own_log.read_bytes()
    assert keep_output(library, plan, step, png(picture=b"bare"), Ran(5.0, 9.0)) == first
    assert library.own_log.read_bytes() == log


def test_texts_that_an_image_has_are_not_written_twice() -> None:
    image = png(text_chunk(b"mine"), picture=b"bare")
    texts = [("parameters", "theirs"), ("learning_plan", "{}")]
    assert with_texts(image, texts).count(b"parameters\0") == 1
    assert with_texts(with_texts(image, texts), texts).count(b"learning_plan\0") == 1
    assert with_texts(b"\xff\xd8\xff no PNG", texts) == b"\xff\xd8\xff no PNG"


def test_a1111_s_answer_fills_in_what_its_image_lacks(library: Library) -> None:
    plan = make_plan()
    with serving(FakeA1111()) as fake:
        fake.embeds = False
        assert [each.remark for each in run(library, plan, fake)] == [""] * 4
    other = make_library(library.root.parent / "other")
    report = import_paths(other, [library.root / "plans"])
    assert report.new == 4


def test_a_second_run_of_the_same_plan_is_kept_out(library: Library) -> None:
    plan = make_plan()
    with alone(library, plan), pytest.raises(PlanRefused, match="another run"), alone(library, plan):
        pass


def test_the_settings_asked_for_are_those_of_the_plan_in_the_server_s_names(library: Library) -> None:
    plan = make_plan()
    with serving(FakeComfyUI()) as comfyui, serving(FakeA1111()) as a1111:
        run(library, plan, comfyui)
        run(make_library(library.root.parent / "other"), plan, a1111)
    graph = {node["class_type"]: node["inputs"] for node in comfyui.posted("/prompt")[0]["prompt"].values()}
    assert graph["CheckpointLoaderSimple"]["ckpt_name"] == "SDXL/coast.safetensors"
    assert graph["LoraLoader"]["lora_name"] == "film.safetensors"
    assert (graph["KSampler"]["sampler_name"], graph["KSampler"]["scheduler"]) == ("dpmpp_2m", "karras")
    assert graph["CLIPSetLastLayer"]["stop_at_clip_layer"] == -2
    body = a1111.posted("/sdapi/v1/txt2img")[0]
    assert body["override_settings"]["sd_model_checkpoint"] == "SDXL/coast"
    assert body["prompt"].endswith("<lora:film:0.6>")
    assert (body["sampler_name"], body["scheduler"], body["cfg_scale"]) == ("DPM++ 2M", "Karras", 6.5)
    assert body["override_settings_restore_afterwards"] is True


def test_no_proxy_of_the_environment_is_used(
    library: Library, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert len(run(library, make_plan(), fake, images=1)) == 1


def lying(fake: FakeComfyUI, **lies: Any) -> None:
    """Let the server tell something else of each finished step."""
    honest = fake.answer

    def answer(method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        status, told = honest(method, path, query, body)
        if path.startswith("/history/") and told:
            told = {name: entry | lies for name, entry in told.items()}
        return status, told

    fake.answer = answer  # type: ignore[method-assign]


@pytest.mark.parametrize("outputs", [{"9": {"images": 7}}, {"9": {"images": {"a": 1}}}, {"9": 5}, 5])
def test_outputs_that_are_no_list_of_images_are_none(outputs: Any, library: Library) -> None:
    with serving(FakeComfyUI()) as fake:
        lying(fake, outputs=outputs)
        with pytest.raises(ServerRefused, match="without saving an image"):
            run(library, make_plan(), fake, images=1)


@pytest.mark.parametrize(
    ("began", "ended"),
    [(1e308, 1e308), (10**310, 10**310), (-5, 5), (5_000, 4_000), (0, 10**14)],
    ids=["far", "no float", "before 1970", "backwards", "long"],
)
def test_times_that_no_clock_shows_are_left_out(began: float, ended: float, library: Library) -> None:
    with serving(FakeComfyUI()) as fake:
        times = [["execution_start", {"timestamp": began}], ["execution_success", {"timestamp": ended}]]
        lying(fake, status={"status_str": "success", "messages": times})
        (kept,) = run(library, make_plan(), fake, images=1)
    with library.snapshot() as snapshot:
        (record,) = snapshot.records(np.flatnonzero(snapshot.standing_jobs()))
    assert record.reference == kept.ref
    assert 0 <= record.job["total_runtime_sec"] < 100
