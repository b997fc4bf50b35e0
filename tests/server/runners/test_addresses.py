"""Only the address that a person named is called, and what answers there is bounded."""

import base64
import json

import pytest
from fake_image_servers import FakeComfyUI, serving

from learning_core.errors import AddressRefused, NotThatServer
from server.runners import connection
from server.runners.address import address
from server.runners.connection import Connection, is_out_of_memory, said_by


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("127.0.0.1:8188", "http://127.0.0.1:8188"),
        ("http://localhost:7860/", "http://localhost:7860"),
        ("http://[::1]:8188", "http://[::1]:8188"),
        ("https://127.0.0.1/comfy/", "https://127.0.0.1:443/comfy"),
        ("http://ada:s3cret@127.0.0.2:1", "http://127.0.0.2:1"),
    ],
)
def test_an_address_of_this_computer_is_taken_as_written(written: str, shown: str) -> None:
    assert str(address(written)) == shown


@pytest.mark.parametrize(
    "written",
    ["", "http://", "file:///etc/passwd", "http://127.0.0.1:99999", "http://127.0.0.1/?a=1", "http://127.0.0.1/#x",
     "http://[::1", "127.0.0.1:8188:9", "javascript://127.0.0.1"],
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused(written: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        address(written, elsewhere=True)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "written", ["http://gpu-box:8188", "http://10.0.0.5", "http://127.0.0.1.example.org", "[::]:1"]
)
def test_another_computer_is_called_only_when_allowed(written: str) -> None:
    with pytest.raises(AddressRefused, match="--elsewhere"):
        address(written)
    assert not address(written, elsewhere=True).is_loopback


def test_a_password_stands_in_no_sentence() -> None:
    with pytest.raises(AddressRefused) as caught:
        address("http://ada:s3cret@gpu-box:8188")
    assert "s3cret" not in str(caught.value)
    assert "ada" not in str(caught.value)


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER_BYTES", 1000)
    with serving(FakeComfyUI()) as fake, Connection("ComfyUI", address(fake.url)) as connected:
        fake.faults["/view"] = (200, b"x" * 5000)
        with pytest.raises(NotThatServer, match="larger than"):
            connected.fetch("/view", {"filename": "a.png"}, "the finished image")


def test_a_password_is_sent_with_each_call() -> None:
    with serving(FakeComfyUI()) as fake:
        with Connection("ComfyUI", address(fake.url.replace("://", "://ada:s3cret@"))) as connected:
            connected.get("/queue", "its queue")
        sent = fake.headers[0]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent) == b"ada:s3cret"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "Prompt outputs failed validation", "details": ""}}, "Prompt outputs failed validation"),
        ({"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
        ({"error": "X", "errors": "X", "detail": ""}, "X"),
        ("<html>no</html>", ""),
        ("plain words.\n", "plain words"),
        ([], ""),
    ],
)
def test_what_an_error_says_is_one_short_line(body: object, said: str) -> None:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    assert said_by(data) == said
    assert len(said_by(json.dumps({"error": "long " * 1000}).encode())) <= connection.SAID_CHARACTERS


def test_the_words_about_memory_are_known() -> None:
    assert is_out_of_memory("torch.cuda.OutOfMemoryError: CUDA out of memory")
    assert is_out_of_memory("Allocation on device")
    assert not is_out_of_memory("the disk is full")
