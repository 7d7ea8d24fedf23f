"""Writes arrays as NumPy's .npy, without NumPy."""

import struct

CODES = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q"}
CODES |= {"f2": "e", "f4": "f", "f8": "d"}


def header(descr, shape, fortran=False, version=1):
    text = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {tuple(shape)!r}, }}"
    length = "<H" if version == 1 else "<I"
    before = 8 + struct.calcsize(length)
    n = -(-(before + len(text) + 1) // 64) * 64 - before
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(length, n) + text.ljust(n - 1).encode() + b"\n"


def array(rows, descr="<f8", fortran=False, version=1):
    """The file of a list of rows."""
    shape = (len(rows), len(rows[0]))
    order = zip(*rows) if fortran else rows
    numbers = [x for line in order for x in line]
    code = CODES[descr[1:]]
    if code not in "efd":
        numbers = map(int, numbers)
    byte_order = ">" if descr[0] == ">" else "<"
    return header(descr, shape, fortran, version) + struct.pack(f"{byte_order}{shape[0] * shape[1]}{code}", *numbers)
