"""Adds up what ran where: matrix.py [--write] RESULTS.json…

Each file's name is SPARK@JAVA.json. --write puts the pairs into the table of docs/versions.md, in the place of
earlier rows of the same pair; rows of pairs that did not run now stay, with their day.
"""

import datetime
import json
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/versions.md"
SUITES = ["link", "digits", "faults", "photos", "resume", "exit_codes", "transform", "connect"]
FAILED = "failed"


def row(spark, java, results, day):
    """The cells of a pair."""
    if "refusal" in results:
        refused = "refused, in a sentence" if results["refusal"] == "passed" else FAILED
        return [spark, java, *[refused] * len(SUITES), day]
    return [spark, java, *(results.get(suite, "not run") for suite in SUITES), day]


def line(cells):
    return f"| {' | '.join(cells)} |"


def order(cells):
    return [int(number) for number in cells[0].split(".")], int(cells[1])


def write(rows):
    lines = PAGE.read_text().splitlines()
    start = lines.index(line(["Spark", "Java", *SUITES, "day"])) + 2
    end = next((i for i in range(start, len(lines)) if not lines[i].startswith("|")), len(lines))
    earlier = [[cell.strip() for cell in text.strip("|").split("|")] for text in lines[start:end]]
    new = {(cells[0], cells[1]): cells for cells in [*earlier, *rows]}
    lines[start:end] = [line(cells) for cells in sorted(new.values(), key=order)]
    PAGE.write_text("\n".join(lines) + "\n")


def main(arguments):
    is_written = "--write" in arguments
    day = datetime.date.today().isoformat()
    counts = {True: 0, False: 0}
    rows = []
    for file in (Path(argument) for argument in arguments if argument != "--write"):
        spark, java = file.stem.split("@")
        results = json.loads(file.read_text())
        for result in results.values():
            counts[result == FAILED] += 1
        rows.append(row(spark, java, results, day))
    for cells in sorted(rows, key=order):
        print(line(cells))
    if is_written:
        write(rows)
    print(f"{counts[False]} passed, {counts[True]} failed")
    return 1 if counts[True] or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
