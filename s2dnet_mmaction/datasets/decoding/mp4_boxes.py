"""Boxes of MP4 files."""

from typing import Iterator, List, Optional, Tuple

_PATH = (b'moov', b'trak', b'mdia', b'minf', b'stbl', b'stsd')


def boxes(content: bytes, start: int = 0,
          end: Optional[int] = None) -> Iterator[Tuple[bytes, int, int]]:
    """Kind, start of the body and end of each box; ISO 14496-12, 4.2.

    Args:
        content: the bytes of the file.
        start, end: of the bytes that hold the boxes. The last box may end
            behind them, if the file is cut short.
    """
    at, end = start, len(content) if end is None else end
    while at + 8 <= end:
        size, header = int.from_bytes(content[at:at + 4], 'big'), 8
        if size == 1:
            size, header = int.from_bytes(content[at + 8:at + 16], 'big'), 16
        if size < header:  # 0: up to the end of the file
            return
        yield content[at + 4:at + 8], at + header, at + size
        at += size


def sample_entries(content: bytes) -> List[List[bytes]]:
    """Types of the sample entries of each track; ISO 14496-12, 8.5.2.

    One entry is one codec with its settings. If a track has several, its
    packets change between them.
    """
    places = [(0, len(content))]
    for wanted in _PATH:
        places = [(start, end) for place in places
                  for kind, start, end in boxes(content, *place)
                  if kind == wanted]
    # Behind the version and the number of entries
    return [[kind for kind, _, _ in boxes(content, start + 8, end)]
            for start, end in places]
