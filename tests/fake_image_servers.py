"""ComfyUI and A1111 as real HTTP servers on this computer: their routes, answers and faults, and images with texts.

ComfyUI's answers have the shape of the recorded ones; A1111's that of its documented API. What takes time there takes
looks here: a step is done after it was asked about `looks` times.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from picture_factory import png, text_chunk

CHECKPOINTS = ["SDXL/coast.safetensors", "harbour_mix.safetensors"]
LORAS = ["film.safetensors", "styles/soft-light.safetensors"]
SAMPLERS = ["euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_2m_sde_gpu", "uni_pc"]
SCHEDULERS = ["normal", "karras", "sgm_uniform"]
LISTS = {
    "ckpt_name": CHECKPOINTS, "lora_name": LORAS, "vae_name": ["sdxl.vae.safetensors"], "sampler_name": SAMPLERS,
    "scheduler": SCHEDULERS, "model_name": ["4x-UltraSharp.pth"],
}  # fmt: skip
NODES = {
    "CheckpointLoaderSimple": ["ckpt_name"], "LoraLoader": ["lora_name"], "VAELoader": ["vae_name"],
    "KSampler": ["sampler_name", "scheduler"], "UpscaleModelLoader": ["model_name"],
}  # fmt: skip
OUT_OF_MEMORY = {
    "exception_type": "torch.OutOfMemoryError",
    "exception_message": "Allocation on device 0 would exceed allowed memory. (out of memory)",
}


class FakeServer:
    """What both have in common: where it listens, what it was asked, and the faults that a test plants.

    `faults` go by route: an HTTP status with a body, or `hang` (no answer until the server is closed).
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: dict[str, tuple[int, Any] | str] = {}
        self.closing = threading.Event()
        self.url = ""

    def posted(self, route: str) -> list[Any]:
        return [body for method, path, body in self.asked if method == "POST" and path == route]

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        raise NotImplementedError

    def respond(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        parts = urlsplit(target)
        self.asked.append((method, parts.path, body))
        fault = next((each for route, each in self.faults.items() if parts.path.startswith(route)), None)
        if fault == "hang":
            self.closing.wait(60)
            return 503, {}
        if isinstance(fault, tuple):
            return fault
        return self.answer(method, parts.path, parse_qs(parts.query), body)


class FakeComfyUI(FakeServer):
    """ComfyUI 0.3; `failing` are steps, counted from 0 as they are handed in, that fail with the messages given.

    From the step `held_from` on nothing gets done.
    """

    def __init__(self, looks: int = 0) -> None:
        super().__init__()
        self.looks = looks
        self.failing: dict[int, dict[str, str]] = {}
        self.keeps_ids = True
        self.held_from: int | None = None
        self.queue: dict[str, dict[str, Any]] = {}
        self.history: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.uploads: list[bytes] = []
        self.handed_in = 0
        self._left: dict[str, int] = {}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if path == "/system_stats":
            return 200, {"system": {"os": "posix", "comfyui_version": "0.3.64"}, "devices": [{"name": "cpu"}]}
        if path.startswith("/object_info/"):
            node = path.rpartition("/")[2]
            fields = {field: [LISTS[field], {}] for field in NODES.get(node, [])}
            return 200, {node: {"input": {"required": fields}}} if fields else {}
        if path == "/prompt":
            return self._take(body)
        if path == "/queue":
            return self._queued(method, body)
        if path == "/interrupt":
            self._interrupt()
            return 200, b""
        if path == "/upload/image":
            self.uploads.append(body)
            return 200, {"name": f"upload{len(self.uploads)}.png", "subfolder": "", "type": "input"}
        if path == "/view":
            return 200, self.files[f"{query.get('subfolder', [''])[0]}/{query['filename'][0]}"]
        if path == "/history" and method == "POST":
            for each in body["delete"]:
                self.history.pop(each, None)
            return 200, b""
        if path.startswith("/history/"):
            wanted = path.rpartition("/")[2]
            self._work(wanted)
            return 200, {wanted: self.history[wanted]} if wanted in self.history else {}
        return 404, b"404: Not Found"

    def _take(self, body: dict[str, Any]) -> tuple[int, Any]:
        errors = {node_id: found for node_id, node in body["prompt"].items() if (found := _errors_of(node))}
        if errors:
            error = {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"}
            return 400, {"error": {**error, "details": "", "extra_info": {}}, "node_errors": errors}
        given = body.get("prompt_id") if self.keeps_ids else None
        name = given or f"own-{self.handed_in}"
        self.queue[name] = {"number": self.handed_in, "body": body}
        self._left[name] = self.looks
        self.handed_in += 1
        return 200, {"prompt_id": name, "number": self.handed_in, "node_errors": {}}

    def _queued(self, method: str, body: Any) -> tuple[int, Any]:
        if method == "POST":
            for each in body["delete"]:
                self.queue.pop(each, None)
            return 200, b""
        items = [[entry["number"], name, entry["body"]["prompt"], {}, []] for name, entry in self.queue.items()]
        return 200, {"queue_running": items[:1], "queue_pending": items[1:]}

    def _work(self, wanted: str) -> None:
        """Bring the step nearer to its end; only the first in the queue is worked on."""
        if not self.queue or next(iter(self.queue)) != wanted:
            return
        if self.held_from is not None and self.queue[wanted]["number"] >= self.held_from:
            return
        if self._left[wanted] > 0:
            self._left[wanted] -= 1
            return
        entry = self.queue.pop(wanted)
        failure = self.failing.get(entry["number"])
        self.history[wanted] = self._failed(wanted, failure) if failure else self._finished(wanted, entry)

    def _interrupt(self) -> None:
        if self.queue:
            wanted = next(iter(self.queue))
            self.queue.pop(wanted)
            self.history[wanted] = _entry("error", [["execution_interrupted", {"prompt_id": wanted}]], {})

    def _failed(self, wanted: str, failure: dict[str, str]) -> dict[str, Any]:
        return _entry("error", [["execution_error", {"prompt_id": wanted, "node_id": "3", **failure}]], {})

    def _finished(self, wanted: str, entry: dict[str, Any]) -> dict[str, Any]:
        body, outputs = entry["body"], {}
        for node_id, node in body["prompt"].items():
            if node["class_type"] == "SaveImage":
                folder, _, stem = node["inputs"]["filename_prefix"].rpartition("/")
                name = f"{stem}_00001_.png"
                self.files[f"{folder}/{name}"] = saved_by_comfyui(body, node_id)
                outputs[node_id] = {"images": [{"filename": name, "subfolder": folder, "type": "output"}]}
        start = 1_795_264_492_000 + 10_000 * entry["number"]
        times = [["execution_start", start], ["execution_success", start + 4_500]]
        return _entry("success", [[kind, {"prompt_id": wanted, "timestamp": at}] for kind, at in times], outputs)


def saved_by_comfyui(body: dict[str, Any], node_id: str) -> bytes:
    """Return the PNG that SaveImage writes: the graph under `prompt`, one text for each key of extra_pnginfo."""
    texts = {"prompt": body["prompt"], **body.get("extra_data", {}).get("extra_pnginfo", {})}
    chunks = [text_chunk(json.dumps(value).encode(), keyword.encode()) for keyword, value in texts.items()]
    return png(*chunks, picture=_pixels([body["prompt"], node_id]))


def _errors_of(node: dict[str, Any]) -> dict[str, Any] | None:
    wrong = [
        {
            "type": "value_not_in_list",
            "message": "Value not in list",
            "details": f"{name}: '{value}' not in {LISTS[name]}",
            "extra_info": {"input_name": name, "received_value": value},
        }
        for name, value in node["inputs"].items()
        if name in LISTS and value not in LISTS[name]
    ]
    return {"errors": wrong, "dependent_outputs": ["9"], "class_type": node["class_type"]} if wrong else None


def _entry(status: str, messages: list[Any], outputs: dict[str, Any]) -> dict[str, Any]:
    told = {"status_str": status, "completed": status == "success", "messages": messages}
    return {"prompt": [], "outputs": outputs, "status": told, "meta": {}}


class FakeA1111(FakeServer):
    """A1111 1.10; `embeds` says whether it writes infotext into images."""

    def __init__(self) -> None:
        super().__init__()
        self.embeds = True
        self.failing: dict[int, tuple[int, Any]] = {}
        self.made = 0
        self.current_task: str | None = None

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        lists = {
            "sd-models": [{"title": f"{name} [31e35c80fc]", "model_name": name[:-12]} for name in CHECKPOINTS],
            "sd-vae": [{"model_name": "sdxl.vae.safetensors", "filename": "/vae/sdxl.vae.safetensors"}],
            "loras": [{"name": "film", "alias": "film"}, {"name": "soft-light", "alias": "soft"}],
            "samplers": [{"name": name, "aliases": []} for name in ("Euler", "Euler a", "DPM++ 2M", "UniPC")],
            "schedulers": [{"name": name.casefold(), "label": name} for name in ("Automatic", "Karras", "SGM Uniform")],
            "upscalers": [{"name": "4x-UltraSharp"}],
        }
        assert query.keys() <= {"skip_current_image"}
        route = path.removeprefix("/sdapi/v1/")
        if route in lists and method == "GET":
            return 200, lists[route]
        if route in ("txt2img", "img2img"):
            return self._make(body)
        if route == "progress":
            return 200, {"progress": 0.5, "state": {"job": "scripts_txt2img"}, "current_task": self.current_task}
        if route == "interrupt":
            return 200, {}
        return 404, {"detail": "Not Found"}

    def _make(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.made += 1
        if self.made - 1 in self.failing:
            return self.failing[self.made - 1]
        text = infotext_of(body)
        chunks = [text_chunk(text.encode())] if self.embeds else []
        image = base64.b64encode(png(*chunks, picture=_pixels(body))).decode()
        return 200, {"images": [image], "parameters": body, "info": json.dumps({"infotexts": [text]})}


def infotext_of(body: dict[str, Any]) -> str:
    """Return what A1111 writes into the image of a request."""
    override = body.get("override_settings", {})
    pairs = {
        "Steps": body.get("steps", 20),
        "Sampler": body.get("sampler_name", "Euler"),
        "Schedule type": body.get("scheduler", "Automatic"),
        "CFG scale": body.get("cfg_scale", 7.0),
        "Seed": body["seed"],
        "Size": f"{body.get('width', 512)}x{body.get('height', 512)}",
        "Model hash": "31e35c80fc",
        "Model": override.get("sd_model_checkpoint", "SDXL/coast.safetensors").split("/")[-1].split(".")[0],
        "Denoising strength": body.get("denoising_strength"),
        "Clip skip": override.get("CLIP_stop_at_last_layers"),
        "Hires upscale": body.get("hr_scale"),
        "Hires upscaler": body.get("hr_upscaler"),
        "Version": "v1.10.1",
    }
    settings = ", ".join(f"{name}: {value}" for name, value in pairs.items() if value is not None)
    negative = body.get("negative_prompt")
    return f"{body['prompt']}\n" + (f"Negative prompt: {negative}\n" if negative else "") + settings


def _pixels(content: Any) -> bytes:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


Fake = TypeVar("Fake", bound=FakeServer)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeServer

    def do_GET(self) -> None:
        self._reply("GET", None)

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in (self.headers.get("Content-Type") or "")
        self._reply("POST", json.loads(data) if is_json and data else data)

    def _reply(self, method: str, body: Any) -> None:
        self.fake.headers.append(dict(self.headers))
        status, answer = self.fake.respond(method, self.path, body)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        try:
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", answer["to"])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            # The caller hung up, as it should when a test interrupts it.
            self.close_connection = True

    def log_request(self, *_: Any) -> None:
        """Keep quiet on stderr."""


@contextmanager
def serving(fake: Fake) -> Iterator[Fake]:
    """Serve on a free port of this computer while the block runs."""
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield fake
    finally:
        fake.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
