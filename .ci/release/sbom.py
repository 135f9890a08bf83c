#!/usr/bin/env python3
"""The bill of materials of a built program, as CycloneDX 1.6, and whether it is that of the program.

  sbom.py make FOLDER          prints it: FOLDER is what .ci/release/build printed
  sbom.py check FOLDER FILE    complains where FILE and the program differ: a library that the program asks for or that the
                               linker took without a component, a component that nothing asks for
  sbom.py validate FILE        complains where FILE breaks CycloneDX's schema; needs cyclonedx-python-lib

What is linked in is told by the linker's own map, what is loaded by the ELF headers. Nothing is listed by hand but where a
part of the compiler's runtime comes from.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

SCRATCH = ".build-release"
# The static libraries of the Swift toolchain: their project and licence.
EXCEPTION = "Apache-2.0 WITH Swift-exception"
RUNTIME = {
    "libswift": ("swift", EXCEPTION),
    "libdispatch": ("swift-corelibs-libdispatch", EXCEPTION),
    "libBlocksRuntime": ("swift-corelibs-libdispatch", EXCEPTION),
    "libFoundation": ("swift-foundation", EXCEPTION),
    "libCoreFoundation": ("swift-foundation", EXCEPTION),
    "lib_Foundation": ("swift-foundation", EXCEPTION),
    "lib_FoundationICU": ("swift-foundation-icu", "Unicode-3.0"),
    "swiftrt": ("swift", EXCEPTION),
}
# Packages whose file of licences is no table that a program can read.
PLAIN = {
    "libc6": "LGPL-2.1-or-later",
    "libc6-dev": "LGPL-2.1-or-later",
    "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libgcc-12-dev": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
}
# Debian's short names of licences, in SPDX's words.
SPDX = {
    name.lower(): identifier
    for identifier, names in {
        "Apache-2.0": "Apache-2.0",
        "BSD-2-Clause": "BSD-2-Clause 2-BSD",
        "BSD-3-Clause": "BSD-3-Clause 3-BSD BSD3 BSD-3-google",
        "BSL-1.0": "BSL-1.0",
        "GPL-2.0-only": "GPL-2",
        "GPL-2.0-or-later": "GPL-2+",
        "GPL-3.0-or-later": "GPL-3+ GPLv3+",
        "ISC": "ISC",
        "LGPL-2.0-or-later": "LGPL-2+",
        "LGPL-2.1-or-later": "LGPL-2.1+ LGPLv2.1+",
        "LGPL-3.0-or-later": "LGPL-3+",
        "MIT": "MIT Expat",
        "MPL-2.0": "MPL-2.0",
        "OLDAP-2.8": "OpenLDAP-2.8 OLDAP-2.8",
        "PostgreSQL": "PostgreSQL",
        "Zlib": "zlib",
        "curl": "curl",
    }.items()
    for name in names.split()
}


def said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout


def needed(path: str) -> list[str]:
    """The libraries that an ELF file asks for, by their names in its header."""
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", said("readelf", "--dynamic", path))


def loaded(program: str) -> dict[str, str]:
    """Where the loader finds each library that the program or one of its libraries asks for."""
    found = dict(re.findall(r"^\s*(\S+) => (/\S+)", said("ldd", program), re.M))
    found |= {Path(path).name: path for path in re.findall(r"^\s*(/\S+) \(0x", said("ldd", program), re.M)}
    return found


def linked(folder: Path) -> set[str]:
    """The archives and object files that the linker took something from."""
    return {os.path.normpath(path) for path in re.findall(r"(\S+\.(?:a|o))(?=[(:\s]|$)", (folder / "assay.map").read_text())}


def package_of(path: str) -> str:
    """The Debian package that a file comes from."""
    for name in dict.fromkeys([os.path.realpath(path), path, path.removeprefix("/usr"), "/usr" + path]):
        answer = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.split(":", 1)[0]
    raise SystemExit(f"{path} is of no Debian package: say in .ci/release/sbom.py where it comes from.")


def expression(words: str) -> dict:
    """A licence in Debian's words, in SPDX's where it has some."""
    parts = re.split(r"\s+(or|and)\s+", words)
    known = [SPDX.get(part.lower()) for part in parts[::2]]
    if None in known:
        return {"license": {"name": words}}
    if len(known) == 1:
        return {"license": {"id": known[0]}}
    joined = [known[0]] + [f"{word.upper()} {name}" for word, name in zip(parts[1::2], known[1:])]
    return {"expression": " ".join(joined)}


def debian_licence(package: str) -> tuple[dict, list[str]]:
    """The licence of most files of a Debian package, and those of some of its files."""
    place = Path("/usr/share/doc") / package / "copyright"
    if package in PLAIN:
        return {"expression": PLAIN[package]}, []
    text = place.read_text(errors="replace")
    if "copyright-format" not in text.split("\n", 1)[0]:
        return {"license": {"name": f"see {place}"}}, []
    stanzas = re.findall(r"^Files:[ \t]*(.*(?:\n[ \t].*)*)(?:\n(?!Files:|License:).+)*\nLicense:[ \t]*(.*)", text, re.M)
    of_program = [(files.split(), words.strip()) for files, words in stanzas if not files.startswith("debian/")]
    main = next((words for files, words in of_program if "*" in files), of_program[0][1] if of_program else "")
    if not main:
        return {"license": {"name": f"see {place}"}}, []
    return expression(main), sorted({words for _, words in of_program} - {main, ""})


def version_of(package: str) -> str:
    return said("dpkg-query", "--show", "--showformat=${Version}\n", package).split("\n")[0]


def component(name: str, version: str, purl: str, licence: dict, files: list[str], linkage: str, parts=()) -> dict:
    properties = [{"name": "assay:linkage", "value": linkage}]
    properties += [{"name": "assay:file", "value": file} for file in sorted(files)]
    properties += [{"name": "assay:licence-of-parts", "value": part} for part in parts]
    return {
        "type": "library", "bom-ref": purl, "name": name, "version": version, "licenses": [licence], "purl": purl,
        "properties": properties,
    }


def debian_component(package: str, files: list[str], linkage: str) -> dict:
    version = version_of(package)
    architecture = said("dpkg", "--print-architecture").strip()
    release = Path("/etc/debian_version").read_text().split(".")[0].strip()
    licence, parts = debian_licence(package)
    purl = f"pkg:deb/debian/{package.replace('+', '%2B')}@{version.replace('+', '%2B').replace(':', '%3A')}"
    return component(
        package, version, f"{purl}?arch={architecture}&distro=debian-{release}", licence, files, linkage, parts)


def swift_licence(folder: Path) -> dict:
    text = next(folder.glob("LICENSE*")).read_text()
    if "Runtime Library Exception" in text:
        return {"expression": EXCEPTION}
    name = "Apache-2.0" if "Apache License" in text else "MIT" if "MIT License" in text else None
    if name is None:
        raise SystemExit(f"{folder.name} has a licence that .ci/release/sbom.py does not know.")
    return {"license": {"id": name}}


def checkouts() -> dict[str, dict]:
    """The Swift packages that the package stands on, those of others' too, by name."""
    found, waiting = {}, [json.loads(said("swift", "package", "--scratch-path", SCRATCH, "show-dependencies", "--format", "json"))]
    while waiting:
        for package in waiting.pop()["dependencies"]:
            found[package["name"]] = package
            waiting.append(package)
    return found


def owner(path: str, packages: dict[str, dict]) -> tuple[str, str]:
    """Whose an object file or archive is: `ours`, `swift` with the package, `runtime` with the library, `debian` with the
    package."""
    target = re.search(r"/([A-Za-z0-9_]+)\.build/", path)
    if target:
        if target[1] == "assay" or Path("Sources", target[1]).is_dir():
            return "ours", ""
        for name, package in packages.items():
            if Path(package["path"], "Sources", target[1]).is_dir():
                return "swift", "libyaml" if target[1] == "CYaml" else name
        raise SystemExit(f"No package has a target {target[1]}, of which the linker took {path}.")
    if f"{SCRATCH}/" in path or path.startswith("/tmp/"):
        return "ours", ""
    if "/lib/swift_static/" in path or "/lib/swift/" in path or "/lib/clang/" in path:
        return "runtime", Path(path).name
    return "debian", package_of(path)


def runtime_project(file: str) -> tuple[str, str]:
    """The project of a file of the Swift toolchain, and its licence: by the longest beginning that is known."""
    known = [start for start in RUNTIME if file.startswith(start)]
    if not known:
        raise SystemExit(f"The linker took {file} from the Swift toolchain: say in .ci/release/sbom.py whose it is.")
    return RUNTIME[max(known, key=len)]


def make(folder: Path) -> dict:
    program = str(folder / "assay")
    packages = checkouts()
    static: dict[tuple[str, str], set[str]] = {}
    for path in linked(folder):
        static.setdefault(owner(path, packages), set()).add(Path(path).name)
    swift_version = re.search(r"Swift version (\S+)", said("swift", "--version"))[1]

    components: dict[str, dict] = {}
    runtime: dict[tuple[str, str], set[str]] = {}
    for (kind, name), files in sorted(static.items()):
        if kind == "runtime":
            runtime.setdefault(runtime_project(name), set()).add(name)
        elif kind == "debian":
            components[name] = debian_component(name, sorted(files), "static")
        elif kind == "swift" and name == "libyaml":
            # Yams has libyaml's sources in it, without the number of their version.
            components[name] = component(
                name, f"in Yams {packages['Yams']['version']}", "pkg:generic/libyaml", {"license": {"id": "MIT"}}, [], "static")
        elif kind == "swift":
            package = packages[name]
            address = package["url"].removeprefix("https://").removesuffix(".git")
            components[name] = component(
                name, package["version"], f"pkg:swift/{address}@{package['version']}", swift_licence(Path(package["path"])), [],
                "static")
    for (name, licence), files in runtime.items():
        words = {"license": {"id": licence}} if " " not in licence else {"expression": licence}
        components[name] = component(
            name, swift_version, f"pkg:swift/github.com/swiftlang/{name}@{swift_version}", words, sorted(files), "static")

    # What is loaded, and which library asks for which.
    places = loaded(program)
    package_by_name = {name: package_of(path) for name, path in sorted(places.items())}
    dynamic: dict[str, list[str]] = {}
    for name, package in package_by_name.items():
        dynamic.setdefault(package, []).append(name)
    for package, files in dynamic.items():
        components[package] = debian_component(package, files, "dynamic")
    asks = {package: set() for package in dynamic}
    for name, path in places.items():
        asks[package_by_name[name]] |= {package_by_name[other] for other in needed(path)} - {package_by_name[name]}
    direct = {package_by_name[name] for name in needed(program)} | (set(components) - set(dynamic))

    version = said(program, "--version").strip()
    digest = hashlib.sha256(Path(program).read_bytes()).hexdigest()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or said("git", "log", "-1", "--format=%ct"))
    own = f"pkg:generic/assay@{version}"
    reference = {name: part["bom-ref"] for name, part in components.items()}
    ordered = sorted(components, key=lambda name: reference[name])
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{own}#{digest}')}",
        "version": 1,
        "metadata": {
            "timestamp": said("date", "--utc", f"--date=@{epoch}", "+%Y-%m-%dT%H:%M:%SZ").strip(),
            "component": {
                "type": "application", "bom-ref": own, "name": "assay", "version": version, "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}], "hashes": [{"alg": "SHA-256", "content": digest}],
            },
        },
        "components": [components[name] for name in ordered],
        "dependencies": [{"ref": own, "dependsOn": sorted(reference[name] for name in direct)}]
        + [
            {"ref": reference[name], "dependsOn": sorted(reference[other] for other in asks.get(name, ()))}
            for name in ordered
        ],
    }


def complaints(bill: dict, program_needs: list[str], loads: set[str], took: set[str]) -> list[str]:
    """Where a bill and a program differ: the names that the program's header holds, those that are loaded with it, and the
    archives that the linker took something from."""
    found = []
    files, reasons = {}, {}
    for part in bill["components"]:
        for entry in part["properties"]:
            if entry["name"] == "assay:file":
                files[entry["value"]] = part["bom-ref"]
    for entry in bill["dependencies"]:
        for reference in entry["dependsOn"]:
            reasons.setdefault(reference, []).append(entry["ref"])
    root = next((entry for entry in bill["dependencies"] if entry["ref"] == bill["metadata"]["component"]["bom-ref"]), None)
    direct = set(root["dependsOn"]) if root else set()
    for name in sorted(program_needs):
        if name not in files:
            found.append(f"The program asks for {name}: no component has it.")
        elif files[name] not in direct:
            found.append(f"The program asks for {name}: {files[name]} does not say so.")
    found += [f"{name} is loaded with the program: no component has it." for name in sorted(loads - set(files))]
    found += [f"The linker took something from {name}: no component has it." for name in sorted(took - set(files))]
    for part in bill["components"]:
        own = {entry["value"] for entry in part["properties"] if entry["name"] == "assay:file"}
        if part["bom-ref"] not in reasons:
            found.append(f"{part['name']}: nothing asks for it.")
        found += [f"{part['name']}: {name} is neither loaded nor linked in." for name in sorted(own - loads - took)]
        if not part.get("licenses"):
            found.append(f"{part['name']}: no licence.")
        if not part.get("version"):
            found.append(f"{part['name']}: no version.")
    return found


def check(folder: Path, file: Path) -> list[str]:
    bill = json.loads(file.read_text())
    program = folder / "assay"
    packages = checkouts()
    owned = {path: owner(path, packages) for path in linked(folder)}
    took = {Path(path).name for path, (kind, _) in owned.items() if kind in ("runtime", "debian")}
    found = complaints(bill, needed(str(program)), set(loaded(str(program))), took)
    listed = {part["name"] for part in bill["components"]}
    # A Swift package has a component if and only if the linker took something from it.
    used = {name for kind, name in owned.values() if kind == "swift"}
    found += [f"The linker took something from {name}: no component has it." for name in sorted(used - listed)]
    found += [f"{name}: the linker took nothing from it." for name in sorted((set(packages) & listed) - used)]
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    if bill["metadata"]["component"]["hashes"][0]["content"] != digest:
        found.append("It is the bill of another program: the digests differ.")
    return found


def validate(file: Path) -> list[str]:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text())
    return [] if problem is None else [str(problem)]


def main(arguments: list[str]) -> None:
    match arguments:
        case ["make", folder]:
            print(json.dumps(make(Path(folder)), indent=2, ensure_ascii=False))
            return
        case ["check", folder, file]:
            found = check(Path(folder), Path(file))
        case ["validate", file]:
            found = validate(Path(file))
        case _:
            raise SystemExit(__doc__)
    for sentence in found:
        print(sentence, file=sys.stderr)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
