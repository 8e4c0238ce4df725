#!/usr/bin/env python3
"""Moves the traffic of a Service between two Deployments, with plain kubectl.

    deploy.py weight PERCENT VERSION     gives VERSION that share of the pods, and waits until they are ready
    deploy.py verify VERSION             both Deployments are ready, and VERSION alone serves

Each may be killed at any moment and said again: it looks at what is there first. What has to change is in README.md.
"""

import subprocess
import sys

SERVING, CANARY = "deployment/shop", "deployment/shop-canary"
CONTAINER, IMAGE, PODS = "shop", "registry.example/shop", 10
PATIENCE = "--timeout=120s"
FIRST = "jsonpath={.spec.template.spec.containers[0].image}"


def kubectl(*words):
    """What it prints; its complaint is ours."""
    done = subprocess.run(["kubectl", *words], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"kubectl {' '.join(words)} ended with {done.returncode}")
    return done.stdout.strip()


def scale(deployment, pods):
    kubectl("scale", deployment, f"--replicas={pods}")
    kubectl("rollout", "status", deployment, PATIENCE)


def weight(percent, version):
    new = f"{IMAGE}:{version}"
    if percent == 100:
        # All that serves becomes the new version, pod by pod; the canary serves until it has.
        kubectl("set", "image", SERVING, f"{CONTAINER}={new}")
        kubectl("rollout", "status", SERVING, PATIENCE)
        scale(SERVING, PODS)
        scale(CANARY, 0)
    elif percent:
        pods = max(1, PODS * percent // 100)
        kubectl("set", "image", CANARY, f"{CONTAINER}={new}")
        # More first, fewer then: there are never fewer pods than before.
        scale(CANARY, pods)
        scale(SERVING, PODS - pods)
    else:
        # `undo` said twice would lead forward again.
        if kubectl("get", SERVING, "-o", FIRST) == new:
            kubectl("rollout", "undo", SERVING)
        kubectl("rollout", "status", SERVING, PATIENCE)
        scale(SERVING, PODS)
        scale(CANARY, 0)


def verify(version):
    kubectl("rollout", "status", SERVING, PATIENCE)
    kubectl("rollout", "status", CANARY, PATIENCE)
    image = kubectl("get", SERVING, "-o", FIRST)
    if image != f"{IMAGE}:{version}":
        sys.exit(f"{SERVING} has {image}, and not version {version}")
    if (pods := kubectl("get", CANARY, "-o", "jsonpath={.spec.replicas}")) != "0":
        sys.exit(f"{CANARY} has {pods} pods")


match sys.argv[1:]:
    case ["weight", percent, version] if percent.isdecimal() and int(percent) <= 100:
        weight(int(percent), version)
    case ["verify", version]:
        verify(version)
    case _:
        sys.exit(__doc__)
