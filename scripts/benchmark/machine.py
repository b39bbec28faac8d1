"""Prints a line about this machine: results mean little without it."""

import os
from pathlib import Path

WANTED = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16")


def entries(path):
    """Of a file of /proc; none where there is no such file."""
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def flags():
    """The instructions that the processor has."""
    return set(entries("/proc/cpuinfo").get("flags", "").split())


def line():
    processor, memory = entries("/proc/cpuinfo"), entries("/proc/meminfo")
    has = " ".join(flag for flag in WANTED if flag in flags()) or "none of " + " ".join(WANTED)
    gigabytes = int(memory.get("MemTotal", "0 kB").split()[0]) / 2**20
    name = processor.get("model name", "a processor without a name")
    load = os.getloadavg()[0]
    return f"{name}, {os.cpu_count()} cores, {has}; {gigabytes:.0f} GB; load before the first run {load:.1f}"


if __name__ == "__main__":
    print(line(), flush=True)
