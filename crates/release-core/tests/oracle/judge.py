#!/usr/bin/env python3
"""Makes judge.json: what the judges must answer, from another implementation. README.md says what stands in it.

Needs Python 3.11 and pip: the pinned NumPy and SciPy are installed into a temporary virtual environment, in which the
script runs itself again. Ranks, percentiles, tests and medians are SciPy's and NumPy's. The search for the ends of the
interval is written here, because where a sum of ranks jumps over zero the place that is found belongs to the method; what
it finds is held against the function, and the function against `scipy.stats.mannwhitneyu`.
"""

import itertools
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PINNED = ["numpy==2.4.6", "scipy==1.17.1"]


def main():
    if os.environ.get("TOBAN_ORACLE") != "inside":
        with tempfile.TemporaryDirectory() as folder:
            venv.create(folder, with_pip=True)
            python = Path(folder) / "bin" / "python"
            subprocess.run([python, "-m", "pip", "install", "-q", *PINNED], check=True)
            sys.exit(subprocess.run([python, __file__], env={**os.environ, "TOBAN_ORACLE": "inside"}).returncode)
    draw = random.Random(20261125)
    answers = {"aca": aca_cases(draw), "scores": scores(draw), "compare": compare_cases(draw)}
    lines = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]" for name, cases in answers.items()
    )
    (HERE / "judge.json").write_text("{\n" + lines + "\n}\n")
    print({name: len(cases) for name, cases in answers.items()})


# --- one metric, as NetflixACAJudge-v1.0 labels it ----------------------------------------------------------------


def statistic(mu, x, y):
    import numpy as np
    from scipy.stats import rankdata

    n, m = len(x), len(y)
    ranks = rankdata(np.concatenate([np.asarray(x) - mu, y]))
    d = ranks[:n].sum() - n * (n + 1) / 2 - n * m / 2
    _, counts = np.unique(ranks, return_counts=True)
    ties = (counts.astype(float) ** 3 - counts).sum()
    sigma = math.sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1))))
    return (d - 0.5 * np.sign(d)) / sigma if sigma > 0 else math.nan


def zeroin(ax, bx, f, tol=1e-4, passes=1001):
    """Brent's method in the form of the netlib procedure `zeroin`."""
    eps = 2.0**-52
    a, b = ax, bx
    fa, fb = f(a), f(b)
    c, fc = a, fa
    if fa == 0:
        return a
    if fb == 0:
        return b
    while passes:
        passes -= 1
        previous = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        actual = 2 * eps * abs(b) + tol / 2
        new = (c - b) / 2
        if abs(new) <= actual or fb == 0:
            return b
        if abs(previous) >= actual and abs(fa) > abs(fb):
            cb = c - b
            if a == c:
                t1 = fb / fa
                p, q = cb * t1, 1 - t1
            else:
                q, t1, t2 = fa / fc, fb / fc, fb / fa
                p = t2 * (cb * q * (q - t1) - (b - a) * (t1 - 1))
                q = (q - 1) * (t1 - 1) * (t2 - 1)
            if p > 0:
                q = -q
            else:
                p = -p
            if p < 0.75 * cb * q - abs(actual * q) / 2 and p < abs(previous * q / 2):
                new = p / q
        if abs(new) < actual:
            new = actual if new > 0 else -actual
        a, fa = b, fb
        b += new
        fb = f(b)
        if (fb > 0) == (fc > 0) and fb != 0 and fc != 0:
            c, fc = a, fa
    return None


def interval(x, y):
    from scipy.stats import mannwhitneyu, norm

    z = norm.ppf(0.99)
    a, b = min(x) - max(y), max(x) - min(y)

    def end(quantile):
        f = lambda mu: statistic(mu, x, y) - quantile  # noqa: E731
        if f(a) <= 0:
            return a
        if f(b) >= 0:
            return b
        root = zeroin(a, b, f)
        assert f(root - 1.01e-4) >= -1e-9 >= f(root + 1.01e-4) - 2e-9, (root, x, y)
        return root

    p = mannwhitneyu(x, y, alternative="two-sided", method="asymptotic", use_continuity=True).pvalue
    assert abs(min(2 * norm.sf(abs(statistic(0, x, y))), 1) - p) < 1e-12, (x, y)
    return end(z), end(-z), zeroin(a, b, lambda mu: statistic(mu, x, y))


def aca(rules, baseline, candidate):
    import numpy as np

    none = {"mean_ratio": 1.0, "cles": 0.5}[rules["effect"]]
    level = {key: none if rules[key] is None else rules[key] for key in rules if key.endswith("crease")}
    answer = {"label": "pass", "is_critical": False, "interval": None, "effect": None}

    def clean(values):
        values = np.array([math.nan if v is None else v for v in values], dtype=float)
        gaps = np.isnan(values)
        values = values[~gaps] if rules["nan"] == "remove" else np.where(gaps, 0.0, values)
        if rules["outliers"] != "keep" and len(values):
            k = rules["outliers"]["remove"]["factor"]
            p1, q1, q3, p99 = np.percentile(values, [1, 25, 75, 99])
            values = values[(values <= max(p99, q3 + k * (q3 - q1))) & (values >= min(p1, q1 - k * (q3 - q1)))]
        return values

    x, y = clean(candidate), clean(baseline)
    if not len(x) or not len(y):
        if rules["nan"] == "replace":
            return answer
        if rules["must_have_data"] and not rules["is_critical"]:
            return {**answer, "label": "nodata_fail_metric"}
        return {**answer, "label": "nodata", "is_critical": rules["is_critical"]}
    if np.array_equal(np.sort(x), np.sort(y)) or len(np.unique(np.concatenate([x, y]))) == 1:
        return answer
    if len(np.unique(x)) == 1 and len(np.unique(y)) == 1:
        lower = upper = estimate = x[0] - y[0]  # without their noise
    else:
        lower, upper, estimate = interval(x, y)
    if rules["effect"] == "cles":
        effect = (np.sum(x[:, None] > y) + 0.5 * np.sum(x[:, None] == y)) / (len(x) * len(y))
    else:
        # In plain order, so that the last digit is the same.
        mx, my = math.fsum(x) / len(x), math.fsum(y) / len(y)
        effect = mx / my if mx != 0 and my != 0 else math.nan
    nan = math.isnan(effect)
    tolerance = 0.25 * abs(estimate)
    label, critical = "pass", False
    if rules["direction"] != "decrease" and lower > tolerance and (nan or effect >= level["allowed_increase"]):
        label, critical = "high", nan or effect >= level["critical_increase"]
    elif rules["direction"] != "increase" and upper < -tolerance and (nan or effect <= level["allowed_decrease"]):
        label, critical = "low", nan or effect <= level["critical_decrease"]
    return {
        "label": label,
        "is_critical": bool(rules["is_critical"] and critical),
        "interval": [float(lower), float(upper), float(estimate)],
        "effect": None if nan else float(effect),
    }


NETFLIX = {
    "direction": "either",
    "nan": "remove",
    "outliers": "keep",
    "is_critical": False,
    "must_have_data": False,
    "effect": "mean_ratio",
    "allowed_increase": None,
    "allowed_decrease": None,
    "critical_increase": None,
    "critical_decrease": None,
}


def samples(draw):
    """Two samples of one of many shapes."""
    n, m = draw.randint(1, 30), draw.randint(1, 30)
    shape = draw.choice(["normal", "ties", "sparse", "constant", "heavy", "small", "one constant", "gaps", "far"])
    shift = draw.choice([0, 0, 0.5, 1, 3])
    scale = 1e-4 if shape == "small" else 1
    if shape == "ties":
        draw_one = lambda by: float(draw.randint(0, 4) + round(by))  # noqa: E731
    elif shape == "sparse":
        draw_one = lambda by: float(draw.random() < 0.15 * (1 + by))  # noqa: E731
    elif shape == "heavy":
        draw_one = lambda by: round(math.exp(draw.gauss(by, 1.5)), 4)  # noqa: E731
    else:
        draw_one = lambda by: round(scale * (10 + draw.gauss(by, 1)), 6)  # noqa: E731
    candidate, baseline = [draw_one(shift) for _ in range(n)], [draw_one(0) for _ in range(m)]
    if draw.random() < 0.5:
        candidate, baseline = baseline, candidate
    if shape == "constant":
        candidate, baseline = [draw.choice([0.0, 1.0, 2.5])] * n, [draw.choice([0.0, 1.0, 2.5])] * m
    if shape == "one constant":
        baseline = [10.0] * m
    if shape == "gaps":
        candidate = [None if draw.random() < 0.4 else v for v in candidate]
        baseline = [None if draw.random() < 0.4 else v for v in baseline]
    if shape == "far":
        candidate[0] = 1000.0
        baseline[-1] = -1000.0
    return baseline, candidate


def aca_cases(draw):
    cases = []

    def case(rules, baseline, candidate, name=None):
        answer = aca(rules, baseline, candidate)
        cases.append({"name": name, "rules": rules, "baseline": baseline, "candidate": candidate, **answer})

    def named(name, baseline, candidate, **rules):
        case({**NETFLIX, **rules}, baseline, candidate, name)

    hundred = [100.0] * 7 + [1.0] * 3
    named("spinnaker 6278", [1.0] * 10, hundred, allowed_increase=1.05, critical_increase=1.1)
    named("kayenta 426", [0.0] * 6, [0.0, 1.0, 2.0, 1.0, 0.0, 0.0])
    wild = [1.0, 100.0, 4.0, 101.0, 5.0, 102.0, 6.0, 103.0, 7.0, 104.0, 8.0, 105.0, 9.0, 106.0, 17.0]
    calm = [10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17.0, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7]
    named("kayenta 780, case 1", wild, calm)
    for nan in ("remove", "replace"):
        for must_have_data, is_critical in itertools.product((False, True), repeat=2):
            named("no data", [], [1.0], nan=nan, must_have_data=must_have_data, is_critical=is_critical)
            named("no data", [1.0], [None], nan=nan, must_have_data=must_have_data, is_critical=is_critical)
    while len(cases) < 300:
        effect = draw.choice(["mean_ratio", "cles"])
        levels = {
            "allowed_increase": draw.choice([None, 1.1 if effect == "mean_ratio" else 0.8]),
            "allowed_decrease": draw.choice([None, 0.9 if effect == "mean_ratio" else 0.2]),
            "critical_increase": draw.choice([None, 1.3 if effect == "mean_ratio" else 0.95]),
            "critical_decrease": draw.choice([None, 0.7 if effect == "mean_ratio" else 0.05]),
        }
        rules = {
            "direction": draw.choice(["increase", "decrease", "either", "either"]),
            "nan": draw.choice(["remove", "replace"]),
            "outliers": draw.choice(["keep", {"remove": {"factor": draw.choice([1.5, 3.0])}}]),
            "is_critical": draw.random() < 0.4,
            "must_have_data": draw.random() < 0.3,
            "effect": effect,
            **levels,
        }
        case(rules, *samples(draw))
    return cases


# --- the score ------------------------------------------------------------------------------------------------------


def scores(draw):
    from decimal import ROUND_FLOOR, Decimal

    cases = []
    labels = ["pass", "pass", "pass", "high", "low", "nodata", "nodata_fail_metric", "error"]
    while len(cases) < 100:
        metrics = [
            {
                "groups": draw.sample(["a", "b", "c"], draw.randint(1, 2)),
                "is_muted": draw.random() < 0.1,
                "label": draw.choice(labels),
                "is_critical": draw.random() < 0.05,
            }
            for _ in range(draw.randint(0, 9))
        ]
        for metric in metrics:
            metric["is_critical"] = metric["is_critical"] and metric["label"] in ("high", "low", "nodata")
        weights = draw.choice([{}, {"a": 100.0}, {"a": 60.0, "b": 40.0}, {"a": 30.0}, {"d": 50.0}])
        counted = [m for m in metrics if not m["is_muted"]]
        groups = {}
        for name in sorted({group for m in counted for group in m["groups"]}):
            mine = [m["label"] for m in counted if name in m["groups"]]
            bad = sum(mine.count(label) for label in ("high", "low", "nodata_fail_metric"))
            good = mine.count("pass")
            groups[name] = 100 * good / (good + bad) if good + bad else 100.0
        unlisted = [name for name in groups if name not in weights]
        without = sum(m["label"] == "nodata" for m in counted)
        if any(m["is_critical"] for m in counted) or (counted and without / len(counted) >= 0.5):
            total = 0.0
        else:
            rest = (100 - sum(weights.values())) / len(unlisted) if unlisted else 0
            total = sum(value * weights.get(name, rest) / 100 for name, value in groups.items())
            total = float((Decimal(repr(total * 100)) + Decimal("0.5")).to_integral_value(ROUND_FLOOR)) / 100
        label = "pass" if total >= 75 else "marginal" if total >= 50 else "fail"
        cases.append({"metrics": metrics, "weights": weights, "score": total, "label": label})
    return cases


# --- the comparison -------------------------------------------------------------------------------------------------


def exact(x, y):
    """The chance of so large a sum of ranks, all ways counted."""
    from scipy.stats import mannwhitneyu, rankdata

    ranks = rankdata([*x, *y])
    if len(x) + len(y) <= 14:
        reached = sum(ranks[: len(x)])
        sums = [sum(way) for way in itertools.combinations(ranks, len(x))]
        return sum(total >= reached - 1e-9 for total in sums) / len(sums)
    if len(set(ranks)) == len(ranks):
        return mannwhitneyu(x, y, alternative="greater", method="exact").pvalue
    return None


def inflation(x, y):
    import numpy as np
    from scipy.stats import chi2, norm, rankdata

    ranks = rankdata([*x, *y])
    parts = [ranks[: len(x)], ranks[len(x) :]]
    parts = [part - part.mean() for part in parts]
    squares = sum(float(part @ part) for part in parts)
    points = len(x) + len(y)
    if squares == 0:
        return 1.0
    each = points / 2
    r = sum(float(part[1:] @ part[:-1]) for part in parts) / squares
    likely = min((each * r + 1) / (each - 3), 1.0)
    error = math.sqrt(max(1 - likely**2, 0) / points) * each / (each - 3)
    highest = max(likely + norm.ppf(0.95) * max(error, 1 / points), 0)
    if highest >= 0.999:
        return None
    blocks, freedom = 0.0, 0
    for part in parts:
        length = len(part) // 4
        if length >= 2:
            means = np.asarray(part[len(part) - 4 * length :]).reshape(4, length).mean(axis=1)
            blocks += float(((means - means.mean()) ** 2).sum()) * length
            freedom += 3
    far = blocks / freedom / (squares / points) * 6 / chi2.ppf(0.25, 6) if freedom else 1.0
    return max((1 + highest) / (1 - highest), far)


def compare_cases(draw):
    import numpy as np
    from scipy.stats import mannwhitneyu

    cases = []
    while len(cases) < 150:
        baseline, candidate = samples(draw)
        if None in baseline + candidate or min(len(baseline), len(candidate)) < 5:
            continue
        if draw.random() < 0.4:
            baseline, candidate = baseline[:7], candidate[:7]
        x, y = np.array(candidate), np.array(baseline)
        worst = y + 0.1 * np.abs(y)
        if len(set([*x, *worst])) == 1:
            continue
        factor = inflation(x, y)
        test = mannwhitneyu(x, worst, alternative="greater", method="asymptotic", use_continuity=True)
        # Below the middle the answer is a plain 1.
        normal = float(test.pvalue) if test.statistic > len(x) * len(y) / 2 else 1.0
        ways = exact(x, worst) if normal < 1 else 1.0
        cases.append(
            {
                "baseline": baseline,
                "candidate": candidate,
                "inflation": factor,
                "normal": normal,
                "exact": None if ways is None else float(ways),
                "estimate": float(np.median(x[:, None] - y)),
            }
        )
    return cases


if __name__ == "__main__":
    main()
