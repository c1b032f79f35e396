"""Photos that clients send, drawn anew: upright, no larger than needed, without what else the file carried. Pure."""

from __future__ import annotations

import io
import warnings

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "HEIF")
#: A phone's largest setting in common use has 50 million; what decodes to more would take the machine's memory.
MOST_PIXELS = 64_000_000
#: A PNG packs a plain surface into next to nothing, and cannot be read at a smaller size: no phone makes larger ones.
MOST_PIXELS_PNG = 25_000_000
LONGEST_SIDE, PREVIEW_SIDE = 2500, 480
_SHRINKS_WELL = {"RGB", "RGBA", "L", "LA"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

pillow_heif.register_heif_opener(thumbnails=False)


class NotAPicture(ValueError):
    """These bytes are no photo of a kind we take."""


class TooManyPixels(ValueError):
    """The picture is larger than any camera makes it; it was not decoded."""


def is_picture(content: bytes) -> bool:
    """Whether the bytes begin as a JPEG, a PNG or a HEIC does; their name and what the browser says prove nothing."""
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return True
    return content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS


def redrawn(content: bytes, *, longest: int = LONGEST_SIDE) -> bytes:
    """The picture as a new JPEG: place, camera and whatever else was hidden in the file are gone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > (MOST_PIXELS_PNG if picture.format == "PNG" else MOST_PIXELS):
                raise TooManyPixels
            # A JPEG can be read at a half or a quarter of its size: less memory, and quicker.
            picture.draft("RGB", (longest, longest))
            if picture.mode in _SHRINKS_WELL:  # before it is turned and copied: the large one is in memory once
                picture.thumbnail((longest, longest))
            upright = _on_white(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise TooManyPixels from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, RuntimeError, EOFError) as error:
        raise error if isinstance(error, TooManyPixels) else NotAPicture(str(error)) from error
    upright.thumbnail((longest, longest))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Without its transparency: ink on a see-through ground would become black on black."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        return ground.convert("RGB")
    return picture.convert("RGB")
