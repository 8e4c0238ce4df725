#!/usr/bin/env python3
"""Stands in for kubectl in a test: writes down each call, and answers as a cluster with two Deployments would.

Beside it lie `calls`, a line of JSON for each call, and `cluster.json`: for each Deployment its images, the newest last,
and its number of pods; and the images with which nothing becomes ready.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
words = sys.argv[1:]
with (HERE / "calls").open("a") as calls:
    calls.write(json.dumps(words) + "\n")
cluster = json.loads((HERE / "cluster.json").read_text())
name = next((word.partition("/")[2] for word in words if word.startswith("deployment/")), None)
if name not in cluster["deployments"]:
    sys.exit(f'Error from server (NotFound): deployments.apps "{name}" not found')
deployment = cluster["deployments"][name]
match words:
    case ["set", "image", _, image]:
        image = image.partition("=")[2]
        if deployment["images"][-1] != image:
            deployment["images"].append(image)
    case ["scale", _, replicas]:
        deployment["pods"] = int(replicas.removeprefix("--replicas="))
    case ["rollout", "status", _, _]:
        # No pods are ready at once.
        if deployment["pods"] and deployment["images"][-1] in cluster["never_ready"].get(name, []):
            sys.exit("error: timed out waiting for the condition")
    case ["rollout", "undo", _]:
        # The one before becomes the newest.
        deployment["images"] = [*deployment["images"][:-2], *deployment["images"][:-3:-1]]
    case ["get", _, "-o", "jsonpath={.spec.replicas}"]:
        print(deployment["pods"], end="")
    case ["get", _, "-o", _]:
        print(deployment["images"][-1], end="")
    case _:
        sys.exit(f"error: unknown command {words}")
(HERE / "cluster.json").write_text(json.dumps(cluster))
