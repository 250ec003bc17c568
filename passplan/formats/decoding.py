"""The bytes of a file as its content: gzip is decompressed within a limit, and UTF-16 becomes UTF-8."""

import re
import zlib

from passplan.domain.errors import InputError
from passplan.domain.messages import Message

_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK = b"\xef\xbb\xbf"
_CHUNK_BYTES = 2**16
_MOST_PARTS = 10_000  # of a gzip file: a million empty ones keep the reader busy
_ARCHIVES = {b"PK\x03\x04": "zip", b"BZh91AY&SY": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


def decoded(data: bytes, source: str, limit_bytes: int) -> bytes:
    """The content of a file without compression and byte order mark; UTF-16 as UTF-8, other encodings as they are.

    Raises:
        InputError: for compressed data that are damaged, larger than the limit, compressed twice, or no gzip.
    """
    if data.startswith(_GZIP):
        data = _decompressed(data, source, limit_bytes)
        if data.startswith(_GZIP):
            raise InputError(
                Message("compressed_twice", "%(source)s: it is compressed twice; decompress it once", source=source)
            )
    for start, form in _ARCHIVES.items():
        if data.startswith(start):
            raise InputError(
                Message(
                    "compressed_otherwise",
                    "%(source)s: it is compressed as %(form)s; decompress it, or compress it with gzip",
                    source=source,
                    form=form,
                )
            )
    if data.startswith(_UTF_16):
        return _from_utf_16(data, source)
    return data.removeprefix(_UTF_8_MARK)


def text_of(content: bytes, source: str) -> str:
    """The text of UTF-8.

    Raises:
        InputError: with the line of the first byte that is not UTF-8, or a zero byte.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            Message(
                "not_utf_8",
                "%(source)s: byte %(at)s, in line %(line)s, is 0x%(byte)s, no UTF-8 text; save the file as UTF-8",
                source=source,
                line=content.count(b"\n", 0, error.start) + 1,
                at=error.start,
                byte=f"{content[error.start]:02X}",
            )
        ) from None
    if "\0" in text:
        raise InputError(
            Message("zero_bytes", "%(source)s: it holds zero bytes, so it is binary, not text", source=source)
        )
    return text


def _decompressed(data: bytes, source: str, limit_bytes: int) -> bytes:
    """The content of a gzip file of one or several parts; decompression stops at the limit."""
    content = bytearray()
    part, parts = zlib.decompressobj(zlib.MAX_WBITS | 16), 1
    try:
        for start in range(0, len(data), _CHUNK_BYTES):
            chunk = data[start : start + _CHUNK_BYTES]
            while chunk:
                if part.eof:
                    part, parts = zlib.decompressobj(zlib.MAX_WBITS | 16), parts + 1
                content += part.decompress(chunk, limit_bytes + 1 - len(content))
                if len(content) > limit_bytes or parts > _MOST_PARTS:
                    raise InputError(
                        Message(
                            "decompressed_too_large",
                            "%(source)s: decompressed, it has more than %(most)s bytes or %(parts)s parts, the most "
                            "that are read",
                            source=source,
                            most=f"{limit_bytes:,}",
                            parts=f"{_MOST_PARTS:,}",
                        )
                    )
                chunk = part.unused_data
    except zlib.error as error:
        raise InputError(
            Message(
                "gzip_damaged",
                "%(source)s: its gzip data are damaged: %(error)s",
                source=source,
                error=str(error),
            )
        ) from None
    if not part.eof:
        raise InputError(Message("gzip_incomplete", "%(source)s: its gzip data end too early", source=source))
    return bytes(content)


def _from_utf_16(data: bytes, source: str) -> bytes:
    try:
        text = data.decode("utf-16")
        return _XML_DECLARATION.sub("", text, count=1).encode() if text.lstrip()[:5] == "<?xml" else text.encode()
    except UnicodeError as error:
        raise InputError(
            Message(
                "not_utf_16",
                "%(source)s: it begins as UTF-16 text and is none: %(error)s",
                source=source,
                error=str(error),
            )
        ) from None
