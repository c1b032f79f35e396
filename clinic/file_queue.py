"""The embedded broker: kombu's queue of files, with each message appearing whole or not at all.

As shipped, a message's file is there before its content: a worker that looks in between reads nothing, calls it an
unrecoverable error and ends.
"""

import os
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes under a name that no reader looks for, then renames."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # two names above
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        draft = os.path.join(self.data_folder_out, f".{name}.part")
        try:
            with open(draft, "w", encoding="utf-8") as file:
                file.write(dumps(payload))
            os.replace(draft, os.path.join(self.data_folder_out, name))
        except OSError as error:
            raise ChannelError("a message cannot be added to the queue's folder") from error


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Take the place of kombu's own under the same address, `filesystem://`."""
    TRANSPORT_ALIASES["filesystem"] = "clinic.file_queue:Transport"
