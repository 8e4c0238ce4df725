#!/usr/bin/env python3
"""Two samples of 60 and of 10,000 points: the judges, and `scipy.stats.mannwhitneyu`, which gives a p-value alone.

    python3 benches/peer/judge.py

Needs cargo, and Python with SciPy (`pip install scipy`). Both sides get the same points and say the median of many
runs in one process; the ratio is the time of the judge over that of SciPy. The judge's time contains the interval of the
shift and the correlation of the points, for which SciPy has no function.
"""

import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main():
    try:
        from scipy.stats import mannwhitneyu
    except ImportError:
        sys.exit("SciPy is not installed")
    draw = random.Random(7)
    samples = [
        {"samples": {name: [draw.lognormvariate(0, 0.3) * by for _ in range(points)] for name, by in SIDES}}
        for points in (60, 10_000)
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(samples, file)
        file.flush()
        command = ["cargo", "bench", "-q", "-p", "toban-benches", "--bench", "judge", "--", "--samples", file.name]
        ours = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = re.findall(r"(\d+) points: comparison +([\d.]+) µs, NetflixACAJudge labels +([\d.]+) µs", ours)
    for pair, (points, strict, compatible) in zip(samples, lines, strict=True):
        x, y = pair["samples"]["candidate"], pair["samples"]["baseline"]
        taken = []
        for _ in range(max(20, 20_000 // len(x))):
            before = time.perf_counter()
            mannwhitneyu(x, y, alternative="greater", method="asymptotic", use_continuity=True)
            taken.append(time.perf_counter() - before)
        theirs = statistics.median(taken) * 1e6
        print(
            f"{points:>6} points: SciPy {theirs:9.1f} µs; comparison {strict:>9} µs, {float(strict) / theirs:.3f} of it; "
            f"labels {compatible:>9} µs, {float(compatible) / theirs:.3f} of it"
        )


SIDES = [("baseline", 1.0), ("candidate", 1.1)]

if __name__ == "__main__":
    main()
