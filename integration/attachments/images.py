"""Images with Pillow: whether they are harmless, and how to make them smaller."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, ImageSequence

#: Kinds that can be printed, with Pillow's names of the only formats that it may then try.
IMAGES = {"jpg": ("JPEG",), "png": ("PNG",), "gif": ("GIF",), "tiff": ("TIFF",), "webp": ("WEBP",)}
#: A 48 megapixel photo passes. Above it a few kilobytes can ask for gigabytes of memory.
MAX_PIXELS = 50_000_000
#: Of all pages of one file; 28 pages of A4 at 300 dpi.
MAX_PIXELS_OF_ALL = 250_000_000
MAX_PAGES = 1000
# Pillow's own limit is for the whole process, and warns before it refuses; ours is asked before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Reduction:
    """The longer edge in pixels and the JPEG quality (1 to 95)."""

    edge: int
    quality: int


#: A4 at 300, 200 and 140 dots per inch.
REDUCTIONS = (Reduction(3508, 85), Reduction(2339, 70), Reduction(1654, 50))


class ExcessiveSize(ValueError):
    """More pixels or pages than any receipt has."""


def check_size(content: bytes, kind: str) -> None:
    """Raises `Absurd`, or anything that Pillow raises for what is no image."""
    for _ in _iterate_frames(content, kind):
        pass


def decode(content: bytes, kind: str) -> None:
    """Read everything; raises as `check_size` does, and where the image breaks off."""
    for frame in _iterate_frames(content, kind):
        frame.draft(None, (1, 1))  # a JPEG can be read small
        frame.load()


def reduce_pages(content: bytes, kind: str, reduction: Reduction) -> list[bytes]:
    """One JPEG for each page, on white and upright; raises as `check_size` does."""
    return [_encode_jpeg(frame, reduction) for frame in _iterate_frames(content, kind)]


def _iterate_frames(content: bytes, kind: str) -> Iterator[Image.Image]:
    """A photo has one, whatever thumbnails and depth maps its camera put behind it."""
    pixels = 0
    with Image.open(BytesIO(content), formats=IMAGES[kind]) as image:
        for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
            size = frame.width * frame.height
            pixels += size
            if size > MAX_PIXELS or pixels > MAX_PIXELS_OF_ALL or number > MAX_PAGES:
                raise ExcessiveSize
            yield frame
            if kind in {"jpg", "png"}:
                return


def _encode_jpeg(frame: Image.Image, reduction: Reduction) -> bytes:
    picture = _flatten_on_white(ImageOps.exif_transpose(frame))
    picture.thumbnail((reduction.edge, reduction.edge))
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=reduction.quality)
    return stream.getvalue()


def _flatten_on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    opaque = picture.convert("RGBA")
    white = Image.new("RGBA", opaque.size, "white")
    return Image.alpha_composite(white, opaque).convert("RGB")
