#!/usr/bin/env python3
"""labs.py ROWS FILE [shuffled]: a CSV file of laboratory values, 67 bytes a row
and six columns, of which a third of the names are quoted: in the order of
its key, id, or shuffled. The same bytes each time (seed 1)."""
import random
import sys

FAMILY = ["Müller", "Schmidt", "Meyer", "Becker", "Schulz", "Hoffmann"]
GIVEN = ["Anna", "Bernd", "Clara", "Dieter", "Eva", "Frank", "Gerda"]
CODES = ["2951-2", "2823-3", "2160-0", "1751-7", "718-7", "6690-2", "777-3"]


def line(i, rng):
    name = GIVEN[rng % 7] + " " + FAMILY[rng // 7 % 6]
    if rng % 10 < 3:
        name = '"%s, %s"' % tuple(reversed(name.split()))
    return "%d,P%07d,%s,%s,2026-%02d-%02dT%02d:%02d:00,%r\n" % (
        i, rng % 300000, CODES[rng // 42 % 7], name, rng % 12 + 1,
        rng // 12 % 28 + 1, rng % 24, rng // 24 % 60, rng % 100000 / 8 + 0.5)


def main():
    rows, path = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(1)
    lines = [line(i + 1, rng.getrandbits(40)) for i in range(rows)]
    if "shuffled" in sys.argv[3:]:
        rng.shuffle(lines)
    with open(path, "w", encoding="utf-8") as f:
        f.write("id,patient,code,name,taken,value\n")
        f.writelines(lines)


main()
