"""For bench/pandas_bench.sh: writes its files, and reads one as pandas does."""

import random
import sys
import time


def write(what, path, n_bytes):
    random.seed(1)
    make = {
        "csv6": lambda: ",".join(f"{random.gauss(0, 1):.6g}" for _ in range(8)),
        "integers": lambda: ",".join(str(random.randrange(1000)) for _ in range(8)),
        "csv17": lambda: ",".join(f"{random.gauss(0, 1):.17g}" for _ in range(8)),
        "libsvm": lambda: "1 " + " ".join(f"{i}:{random.random():.6g}" for i in range(1, 401, 10)),
    }[what]
    # Some thousand rows, over and over.
    rows = "".join(make() + "\n" for _ in range(20000))
    with open(path, "w", encoding="ascii") as file:
        if what != "libsvm":
            file.write("a,b,c,d,e,f,g,h\n")
        for _ in range(n_bytes // len(rows) + 1):
            file.write(rows)


def read(path):
    """CPU seconds and those by the clock, without what it takes to start."""
    import pandas  # pylint: disable=import-outside-toplevel

    cpu, clock = time.process_time(), time.perf_counter()
    pandas.read_csv(path, engine="c")
    print(time.process_time() - cpu, time.perf_counter() - clock)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        read(sys.argv[2])
