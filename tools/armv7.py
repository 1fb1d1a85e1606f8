"""Resolve what the wheel needs on 32-bit Arm, by its own markers, and say which of it PyPI has a wheel of.

    "$(scripts/environment pip 'pip>=22.3')" tools/armv7.py [3.11]     the Python that it is for

pip looks for wheels of another platform, but weighs markers by the machine that it runs on; so they are weighed here.
What has wheels is then resolved together with all that it needs, beside the numpy that Debian 12's apt brings. Exit
code 1 when what has no wheel is more, or less, than what piwheels builds and apt has.

A kernel of 64 bits calls itself aarch64 in a 32-bit system, too; no marker sees that, and pip would ask for
ai-edge-litert, which has no 32-bit wheel. scripts/setup-pi goes by the system.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

ELSEWHERE = {"numpy", "pillow", "opencv-python-headless"}  # piwheels, which Raspberry Pi OS asks, or apt
APT_NUMPY = "1.24.2"  # Debian 12's
MACHINES = ("armv6l", "armv7l", "armv8l")  # a kernel for 32 bits, the last one where it plays that
_GLIBC = (17, 27, 28, 31, 34, 35, 36)  # 2.36 is Debian 12's
PLATFORMS = ["linux_armv7l", *(f"manylinux_2_{version}_armv7l" for version in _GLIBC)]


def needed(wheel: Path, machine: str, python: str) -> dict[str, str]:
    """Return what a wheel needs on a machine: names, each with all that is asked of its version."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = HeaderParser().parsestr(archive.read(name).decode()).get_all("Requires-Dist") or []
    where = {"platform_machine": machine, "python_version": python, "sys_platform": "linux", "extra": ""}
    asked: dict[str, list[str]] = {}
    for requirement in map(Requirement, told):
        if requirement.marker is None or requirement.marker.evaluate(where):
            asked.setdefault(requirement.name, []).extend(map(str, requirement.specifier))
    return {name: ",".join(sorted(versions)) for name, versions in asked.items()}


def resolved(requirements: list[str], python: str, *options: str) -> list[str] | None:
    """Return the names of the wheels that pip takes for 32-bit Arm; None where there is none of one of them."""
    platforms = [part for platform in PLATFORMS for part in ("--platform", platform)]
    done = pip(
        "install", "--dry-run", "--ignore-installed", "--target", "nowhere", "--report", "-", "--only-binary=:all:",
        "--python-version", python, *platforms, *options, *requirements,
    )  # fmt: skip
    if done.returncode == 0:
        return [each["download_info"]["url"].rpartition("/")[2] for each in json.loads(done.stdout)["install"]]
    if "No matching distribution" not in done.stderr:
        sys.exit(done.stderr)
    return None


def stand_in(folder: Path) -> Path:
    """Write an empty numpy, so that what needs one is resolved beside apt's; return its wheel."""
    wheel = folder / f"numpy-{APT_NUMPY}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        inside = f"numpy-{APT_NUMPY}.dist-info"
        archive.writestr(f"{inside}/METADATA", f"Metadata-Version: 2.1\nName: numpy\nVersion: {APT_NUMPY}\n")
        archive.writestr(f"{inside}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{inside}/RECORD", "")
    return wheel


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python's pip."""
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    return subprocess.run(command, capture_output=True, text=True)


def asked_of(folder: Path, python: str) -> dict[str, str]:
    """Return what the wheel of this checkout, built into a folder, needs on 32-bit Arm, whatever that calls itself."""
    built = pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(Path(__file__).resolve().parent.parent))
    if built.returncode:
        sys.exit(built.stderr)
    first, *others = (needed(next(folder.glob("edge_brain-*.whl")), machine, python) for machine in MACHINES)
    if any(other != first for other in others):
        sys.exit(f"not the same is asked for on {', '.join(MACHINES)}: {first}, {others}")
    return first


def main() -> int:
    """Resolve, and print a line for each."""
    python = sys.argv[1] if len(sys.argv) > 1 else "3.11"
    with tempfile.TemporaryDirectory() as folder:
        asked = {f"{name}{versions}": name for name, versions in asked_of(Path(folder), python).items()}
        found = {each: resolved([each], python, "--no-deps") for each in asked}
        for each, wheels in found.items():
            print(f"{each:38}  {wheels[0] if wheels else 'no wheel on PyPI: piwheels, or apt'}")
        here = [each for each, wheels in found.items() if wheels]
        print(f"{len(here)} of {len(found)} from PyPI, for Python {python} on armv7l")
        empty = stand_in(Path(folder))
        together = resolved([*here, f"numpy=={APT_NUMPY}"], python, "--find-links", folder)
    if together is None:
        print(f"they cannot be had together, with all that they need, beside numpy {APT_NUMPY}")
        return 1
    print(f"together, beside apt's numpy {APT_NUMPY}: {', '.join(sorted(set(together) - {empty.name}))}")
    return 0 if {asked[each] for each in asked.keys() - set(here)} == ELSEWHERE else 1


if __name__ == "__main__":
    sys.exit(main())
