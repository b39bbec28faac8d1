"""Runs a recipe of docs/reading.md and compares what it reads with what is expected:

    recipes.py HEADING FOLDER

FOLDER holds the outputs images, sequences and maps, and in expected.npz what is in them.
"""

import os
import re
import sys
from pathlib import Path

import numpy as np

import layertap

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs/reading.md"


def recipes():
    """The blocks of code by their headings."""
    parts = re.split(r"^## (.*)$", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]
    blocks = ((heading, re.search(r"^```py\n(.*?)^```", text, re.M | re.S))
              for heading, text in zip(parts[::2], parts[1::2]))
    return {heading: block[1] for heading, block in blocks if block}


def joined(read):
    """Of batches the whole; of tensors arrays."""
    if isinstance(read, list):
        columns = {name: [batch[name] for batch in read] for name in read[0]}
        return {
            name: [row for part in parts for row in part]
            if isinstance(parts[0], list)
            else np.concatenate([np.asarray(part) for part in parts])
            for name, parts in columns.items()
        }
    return read


def compare(name, read, expected):
    read = joined(read)
    order = np.argsort(np.asarray(read["id"]))
    wanted = {key.split("/")[1]: expected[key] for key in expected.files if key.startswith(name)}
    compared = 0
    for column, values in wanted.items():
        if column not in read:
            continue
        found = read[column]
        for position, row in enumerate(order):
            array = np.asarray(found[row])
            want = values[position]
            if column == "conv":
                want = want[: expected["sizes"][position][0], : expected["sizes"][position][1]]
            assert array.dtype == want.dtype, (name, column, array.dtype, want.dtype)
            np.testing.assert_array_equal(array, want, err_msg=f"{name} {column}")
        compared += 1
    assert len(order) == len(wanted["id"]), (name, len(order))
    assert compared >= 2, (name, compared)
    return compared


def main(heading, folder):
    os.chdir(folder)
    names = {"layertap": layertap}
    # What a worker of the recipe starts anew must find the recipe's classes.
    exec(compile(recipes()[heading], heading, "exec"), names)
    expected = np.load("expected.npz")
    compared = [compare(name, names[name], expected) for name in ("images", "sequences", "maps")]
    print(f"{heading}: {sum(compared)} columns as expected")


if __name__ == "__main__":
    main(*sys.argv[1:])
