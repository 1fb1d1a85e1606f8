"""Resolve what the wheel needs on 32-bit Arm, by its own markers, and say which of it PyPI has a wheel of.

    python tools/armv7.py [3.11]     the Python that it is for

pip looks for wheels of another platform, but weighs markers by the machine that it runs on; so they are weighed here.
Exit code 1 when what has no wheel is more, or less, than what piwheels builds and apt has.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

ELSEWHERE = {"numpy", "pillow", "opencv-python-headless"}  # piwheels, which Raspberry Pi OS asks, or apt
_GLIBC = (17, 27, 28, 31, 34, 35, 36)  # 2.36 is Debian 12's
PLATFORMS = ["linux_armv7l", *(f"manylinux_2_{version}_armv7l" for version in _GLIBC)]


def needed(wheel: Path, python: str) -> dict[str, str]:
    """Return what a wheel needs on 32-bit Arm: names, each with all that is asked of its version."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = HeaderParser().parsestr(archive.read(name).decode()).get_all("Requires-Dist") or []
    where = {"platform_machine": "armv7l", "python_version": python, "sys_platform": "linux", "extra": ""}
    asked: dict[str, list[str]] = {}
    for requirement in map(Requirement, told):
        if requirement.marker is None or requirement.marker.evaluate(where):
            asked.setdefault(requirement.name, []).extend(map(str, requirement.specifier))
    return {name: ",".join(sorted(versions)) for name, versions in asked.items()}


def wheel_of(requirement: str, python: str) -> str | None:
    """Return the name of the wheel that pip takes for 32-bit Arm; None where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        platforms = [part for platform in PLATFORMS for part in ("--platform", platform)]
        done = pip(
            "download", "--no-deps", "--only-binary=:all:", "--python-version", python, *platforms,
            "--dest", folder, requirement,
        )  # fmt: skip
        if done.returncode and "No matching distribution" not in done.stderr:
            sys.exit(done.stderr)
        return next((path.name for path in Path(folder).iterdir()), None)


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python's pip."""
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    return subprocess.run(command, capture_output=True, text=True)


def main() -> int:
    """Resolve, and print a line for each."""
    python = sys.argv[1] if len(sys.argv) > 1 else "3.11"
    with tempfile.TemporaryDirectory() as folder:
        pip("wheel", "--no-deps", "--wheel-dir", folder, str(Path(__file__).resolve().parent.parent))
        asked = needed(next(Path(folder).glob("*.whl")), python)
    found = {name: wheel_of(f"{name}{versions}", python) for name, versions in asked.items()}
    for name, versions in asked.items():
        print(f"{name + versions:38}  {found[name] or 'no wheel on PyPI: piwheels, or apt'}")
    lacking = {name for name, wheel in found.items() if wheel is None}
    print(f"{len(found) - len(lacking)} of {len(found)} from PyPI, for Python {python} on armv7l")
    return 0 if lacking == ELSEWHERE else 1


if __name__ == "__main__":
    sys.exit(main())
