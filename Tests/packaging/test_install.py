"""What the action's script installs and what it refuses; `curl`, `apt-get` and `assay` are stand-ins that write down their calls."""

import hashlib
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / ".github/actions/assay/install"
CURL = """#!/bin/bash
echo "curl $*" >>"$CALLS"
while [ $# -gt 1 ]; do [ "$1" = --output ] && out=$2; shift; done
cp "$FILES/${1##*/}" "$out" 2>/dev/null || exit 22
"""
NOTED = '#!/bin/bash\necho "{name} $*" >>"$CALLS"\n'


class InstallTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("bin", "files"):
            (self.folder / name).mkdir()
        stand_ins = {"curl": CURL, "sudo": '#!/bin/bash\nexec "$@"\n'}
        for name in ("apt-get", "assay"):
            stand_ins[name] = NOTED.format(name=name)
        for name, text in stand_ins.items():
            (self.folder / "bin" / name).write_text(text)
            (self.folder / "bin" / name).chmod(0o755)
        machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
        self.deb = f"assay_1.2.3_{machine}.deb"
        (self.folder / "files" / self.deb).write_text("the package")
        self.digest = hashlib.sha256(b"the package").hexdigest()
        self.sums(f"{self.digest}  {self.deb}\n")

    def sums(self, text: str) -> None:
        (self.folder / "files/SHA256SUMS").write_text(text)

    def install(self, **variables: str) -> tuple[int, str, list[str]]:
        calls = self.folder / "calls"
        calls.write_text("")
        environment = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "CALLS": str(calls), "FILES": str(self.folder / "files"),
            "TMPDIR": str(self.folder), "ASSAY_VERSION": "1.2.3", "ASSAY_RELEASE": "https://example.invalid/v1.2.3", **variables,
        }
        done = subprocess.run(["bash", str(SCRIPT)], env=environment, capture_output=True, text=True)
        return done.returncode, done.stderr, calls.read_text().splitlines()

    def installed(self, calls: list[str]) -> bool:
        return any(call.startswith("apt-get install") and call.endswith(f"/{self.deb}") for call in calls)

    def key(self, name: str) -> str:
        private = self.folder / name
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True, capture_output=True)
        sums = self.folder / "files/SHA256SUMS"
        sign = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", private, "-in", sums, "-out", f"{sums}.sig"]
        subprocess.run(sign, check=True, capture_output=True)
        return subprocess.run(["openssl", "pkey", "-in", private, "-pubout"], check=True, capture_output=True, text=True).stdout

    def test_a_package_that_the_sums_name_is_installed(self):
        status, _, calls = self.install()
        self.assertEqual(status, 0)
        self.assertTrue(self.installed(calls))
        self.assertIn(f"https://example.invalid/v1.2.3/{self.deb}", "\n".join(calls))
        self.assertEqual(calls[-1], "assay --version")

    def test_a_package_with_other_bytes_is_not(self):
        for sums in (f"{'0' * 64}  {self.deb}\n", "", f"{self.digest}  other.deb\n", f"{self.digest}  {self.deb}.old\n"):
            self.sums(sums)
            status, complaint, calls = self.install()
            self.assertEqual((status, self.installed(calls)), (65, False), sums)
            self.assertIn("is not what SHA256SUMS says", complaint)

    def test_a_digest_that_is_asked_for_is_held_against_the_package(self):
        self.assertEqual(self.install(ASSAY_SHA256=self.digest)[0], 0)
        status, complaint, calls = self.install(ASSAY_SHA256="0" * 64)
        self.assertEqual((status, self.installed(calls)), (65, False))
        self.assertIn("asks for another", complaint)

    def test_a_signature_is_held_against_the_key(self):
        other = self.key("other")
        right = self.key("right")
        self.assertEqual(self.install(ASSAY_PUBLIC_KEY=right)[0], 0)
        status, _, calls = self.install(ASSAY_PUBLIC_KEY=other)
        self.assertNotEqual(status, 0)
        self.assertFalse(self.installed(calls))

    def test_a_release_without_the_signature_that_is_asked_for_is_not_installed(self):
        key = self.key("key")
        (self.folder / "files/SHA256SUMS.sig").unlink()
        status, _, calls = self.install(ASSAY_PUBLIC_KEY=key)
        self.assertNotEqual(status, 0)
        self.assertFalse(self.installed(calls))


if __name__ == "__main__":
    unittest.main()
