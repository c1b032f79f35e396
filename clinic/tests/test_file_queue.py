"""The embedded queue: a reader finds a whole message or none."""

import json
import os
from pathlib import Path

import pytest
from kombu import Connection

from clinic import file_queue


@pytest.fixture
def line(tmp_path):
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    folder = str(tmp_path / "messages")
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": str(tmp_path / "control")}
    with Connection("filesystem://localhost//", transport_options=options) as made:
        yield made


def test_message_goes_in_and_comes_out(line):
    queue = line.SimpleQueue("clinic")
    queue.put({"task": "send_due"})
    assert queue.get(timeout=2).payload == {"task": "send_due"}
    queue.close()


def test_message_appears_only_when_it_is_whole(line, tmp_path, monkeypatch):
    folder, seen = tmp_path / "messages", []
    replace = os.replace

    def watched(draft, name):
        assert not [each for each in os.listdir(folder) if each.endswith("whole.msg")]
        seen.append(json.loads(Path(draft).read_text(encoding="utf-8")))
        replace(draft, name)

    monkeypatch.setattr(file_queue.os, "replace", watched)
    queue = line.SimpleQueue("whole")  # kombu remembers a queue's name beyond its connection
    queue.put({"task": "send_due"})
    queue.close()
    assert len(seen) == 1


def test_address_of_the_embedded_broker_leads_here(line):
    assert isinstance(line.transport, file_queue.Transport)
