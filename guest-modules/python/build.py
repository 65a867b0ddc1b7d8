"""Makes a component of a policy: python3 build.py [FOLDER] [FILE.wasm]. The folder has policy.py (its `policy` is the
policy), pyproject.toml (name and version) and, if it likes, settings.schema.json. Needs no network."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    if not (folder / "policy.py").exists():
        sys.exit(f"{folder} has no policy.py")
    about = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    output = Path(sys.argv[2] if len(sys.argv) > 2 else folder / f"{about['name']}.wasm").resolve()
    schema = folder / "settings.schema.json"
    schema = schema.read_text() if schema.exists() else None
    # A policy's own folder has the contract beside the kit; in Wardgate's repository it is two folders up.
    contract = next(place for place in (ROOT / "wit", ROOT.parent.parent / "wit") if place.exists())
    with tempfile.TemporaryDirectory() as staged:
        entry = Path(staged) / "wardgate_entry.py"
        entry.write_text(
            "import wardgate_component\n"
            "from policy import policy\n"
            f"Policy = wardgate_component.component(policy, {about['name']!r}, {about['version']!r}, {schema!r})\n"
        )
        command = [find(), "--quiet", "--wit-path", contract, "--world", "bare", "componentize", "--stub-wasi"]
        for place in (staged, folder, ROOT):
            command += ["--python-path", place]
        # What is imported is resolved while the component is made: nothing is read later.
        done = subprocess.run([*command, "wardgate_entry", "--output", output], cwd=staged)
    if done.returncode != 0:
        sys.exit("componentize-py could not make a component of it")
    print(f"{output}: {output.stat().st_size} bytes")


def find() -> str:
    """componentize-py of this Python, of a .venv beside the kit, or on the path."""
    places = [Path(sys.executable).parent, ROOT / ".venv" / "bin", *os.get_exec_path()]
    found = shutil.which("componentize-py", path=os.pathsep.join(map(str, places)))
    if found is None:
        sys.exit(f"componentize-py is not installed; in {ROOT} run: pip install --requirement requirements.txt")
    return found


if __name__ == "__main__":
    main()
