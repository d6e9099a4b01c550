"""GIF's variable-length LZW codes, followed without building the strings: only lengths matter to a check."""

MAX_CODES = 3_000_000
"""Codes that are followed in one file, which takes seconds; real stickers have a tenth of it."""


def measure(packed: bytes, depth: int, pixels: int, budget: int = MAX_CODES) -> tuple[str, int]:
    """Follow the codes of one frame.

    Arguments:
        packed: the joined sub-blocks.
        depth: the minimum code size that the frame names, in bits.
        pixels: how many the frame has.
        budget: codes that may still be followed.

    Returns:
        What is wrong (empty if nothing is) and the number of codes followed.
    """
    if not 2 <= depth <= 8:
        return f"a minimum code size of {depth} bits", 0
    clear, stop = 1 << depth, (1 << depth) + 1
    lengths = [1] * clear + [0, 0]
    width, total, previous, codes = depth + 1, 0, 0, 0
    buffer = held = 0
    # previous: length of the last string; 0 straight after a clear code
    for byte in packed:
        buffer |= byte << held
        held += 8
        while held >= width:
            code = buffer & ((1 << width) - 1)
            buffer >>= width
            held -= width
            codes += 1
            if code == clear:
                del lengths[stop + 1 :]
                width, previous = depth + 1, 0
                continue
            if code == stop:
                return (f"{total} of {pixels} pixels" if total != pixels else ""), codes
            known = len(lengths)
            if code > known or (code == known and not previous):
                return f"code {code} where only {known} are known", codes
            if previous and known < 4096:
                lengths.append(previous + 1)
                if len(lengths) == 1 << width and width < 12:
                    width += 1
            if code >= len(lengths):
                return f"code {code} where only {known} are known", codes
            previous = lengths[code]
            total += previous
            if total > pixels:
                return f"more than {pixels} pixels", codes
            if codes >= budget:
                return "longer than what is followed here", codes
    return f"no end code after {total} of {pixels} pixels", codes
