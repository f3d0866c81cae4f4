"""Pictures as they are shown and sent: turned as they were taken, smaller, without what is beside.

What a picture says of its size is believed before any of it is unpacked: too many points, or a
shape that nobody can see anything in, are refused.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from chat.files.refusals import Unreadable
from store.file_values import FileDetails

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
PIXELS_MAX, LONGER_MAX = 100_000_000, 100
"""Points of a picture, and how many times its shorter side the longer one may have."""
PICTURE, SMALL = 1568, 512
PNG_MAX = 2_000_000
"""A larger one is sent as JPEG, where nothing shines through."""
_EVEN = ("L", "LA", "RGB", "RGBA", "CMYK")
"""Can be made smaller as they are."""
_DAMAGED = Unreadable("The picture is damaged.", "Save it anew, as PNG or JPEG.")


def read(path: Path, into: Path) -> FileDetails:
    """Make ``picture.png`` or ``picture.jpg``, and ``small.webp``; raises `Unreadable`."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning)
        try:
            with Image.open(path, formats=FORMATS) as opened:
                _check(*opened.size)
                moves = bool(getattr(opened, "is_animated", False))
                is_photo = opened.format == "JPEG"
                opened.draft("RGB", (PICTURE, PICTURE))
                shines = _shines(opened)
                small = opened if opened.mode in _EVEN else opened.convert(_mode(shines))
                small.thumbnail((PICTURE, PICTURE))  # before anything that copies it
                turned = ImageOps.exif_transpose(small).convert(_mode(shines))
            width, height = _written(turned, into, shines=shines, is_photo=is_photo)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_many() from None
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError):
            raise _DAMAGED from None
    notes = ("Of a picture that moves only the first one is used.",) if moves else ()
    return FileDetails(width=width, height=height, notes=notes)


def _check(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise _DAMAGED
    if width * height > PIXELS_MAX:
        raise _too_many()
    if max(width, height) > LONGER_MAX * min(width, height):
        said = f"The picture has {width:,} × {height:,} points."
        raise Unreadable(said, "Cut out the part that matters.")


def _too_many() -> Unreadable:
    fix = f"Up to {PIXELS_MAX // 1_000_000} million points can be read; make it smaller."
    return Unreadable("The picture is too large.", fix)


def _shines(picture: Image) -> bool:
    """Whether what is behind it can be seen."""
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info


def _mode(shines: bool) -> str:
    return "RGBA" if shines else "RGB"


def _written(plain: Image, into: Path, *, shines: bool, is_photo: bool) -> tuple[int, int]:
    """The size of the larger one."""
    plain.info.clear()
    png = io.BytesIO()
    if not is_photo:
        plain.save(png, "PNG")
    if is_photo or (not shines and png.tell() > PNG_MAX):
        plain.save(into / "picture.jpg", "JPEG", quality=88)
    else:
        (into / "picture.png").write_bytes(png.getvalue())
    size = plain.size
    plain.thumbnail((SMALL, SMALL))
    plain.save(into / "small.webp", "WEBP", quality=80)
    return size
