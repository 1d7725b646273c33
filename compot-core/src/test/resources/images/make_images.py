"""Writes small images of kinds that are easily misread, and what Pillow makes of each: digests of its levels over white (as
transformers converts them), without alpha (as convert("RGB") does), and resized bicubically. Made with Pillow 12.3.0 and numpy; run
it in this folder to make them again:

    python make_images.py
"""

import hashlib
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

rng = np.random.default_rng(3)
levels = np.kron(rng.integers(0, 256, (6, 8, 4), dtype=np.uint8), np.ones((8, 8, 1), dtype=np.uint8))[:37, :53]
colours, seen_through, grey = Image.fromarray(levels[..., :3]), Image.fromarray(levels), Image.fromarray(levels[..., 0])


def png(name, depth, kind, bits):
    """A PNG of 16 x 8 random pixels, of depths that Pillow does not write."""

    def chunk(what, data):
        return struct.pack(">I", len(data)) + what + data + struct.pack(">I", zlib.crc32(what + data))

    raw = b"".join(b"\0" + rng.bytes(16 * bits // 8) for _ in range(8))
    header = struct.pack(">IIBBBBB", 16, 8, depth, kind, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    pathlib.Path(name).write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def turned(tag):
    exif = Image.Exif()
    exif[274] = tag
    return exif


colours.save("colour_key.png", transparency=tuple(int(x) for x in levels[0, 0, :3]))
grey.save("grey_key.png", transparency=int(levels[0, 0, 0]))
colours.quantize(4).save("palette.png", bits=2)
png("rgba16.png", 16, 6, 64)
png("grey_alpha16.png", 16, 4, 32)
png("grey16.png", 16, 0, 16)
png("grey2.png", 2, 0, 2)
colours.convert("CMYK").save("print.jpg", quality=90)
colours.save("progressive.jpg", quality=30, subsampling=2, progressive=True)
colours.save("turned6.jpg", quality=90, exif=turned(6))
colours.save("turned8.png", exif=turned(8))
colours.save("turned5.webp", lossless=True, exif=turned(5))
seen_through.save("lossy.webp", quality=70)


def digest(image):
    return hashlib.sha256(np.asarray(image).tobytes()).hexdigest()


facts = {}
for file in sorted(pathlib.Path().glob("*.*")):
    if file.suffix in (".png", ".jpg", ".webp"):
        image = ImageOps.exif_transpose(Image.open(file))
        plain = white = image.convert("RGB")
        if "A" in image.getbands() or image.info.get("transparency") is not None:
            over = Image.new("RGBA", image.size, (255, 255, 255, 255))
            white = Image.alpha_composite(over, image.convert("RGBA")).convert("RGB")
        facts[file.name] = {
            "on_white": digest(white),
            "dropped": digest(plain),
            "resized_32x64": digest(white.resize((64, 32), Image.BICUBIC)),
        }
pathlib.Path("expected.json").write_text(json.dumps(facts, indent=1) + "\n")
