#!/bin/sh
# Checks the package that this file is in, with coreutils and openssl alone.
#
#   sh verify.sh [--manifest-sha256 DIGEST] [--key PUBLIC-KEY.pem]
#
# DIGEST is the SHA-256 of MANIFEST.json as you got it by another way; PUBLIC-KEY.pem is the key of whoever signed.
# Status 0: every check that was asked for holds; 1: one does not; 64: an option that is not known.
# It shows that no byte changed since the package was sealed. Whether the figures follow from the evidence,
# `assay verify` shows. Whoever could change this package could change this file, too: compare it with another copy.
set -eu
export LC_ALL=C

digest='' key='' status=0
while [ $# -gt 0 ]; do
  case $1 in
    --manifest-sha256) digest=${2:?"--manifest-sha256 needs a digest"}; shift 2 ;;
    --key) key=${2:?"--key needs a file"}; shift 2 ;;
    *) echo "verify.sh: unknown option $1" >&2; exit 64 ;;
  esac
done
case $key in '' | /*) ;; *) key=$PWD/$key ;; esac
cd "$(dirname "$0")"

good() { echo "ok      $1"; }
bad() { echo "FAILED  $1" >&2; status=1; }

# Every file below a folder, as SHA256SUMS names it.
list() {
  for entry in "$1"* "$1".*; do
    case ${entry##*/} in . | ..) continue ;; esac
    # `echo` takes some names for an option or an escape.
    if [ -L "$entry" ]; then printf '%s\n' "$entry"
    elif [ -d "$entry" ]; then list "$entry/"
    elif [ -e "$entry" ] && [ "$entry" != SHA256SUMS ]; then printf '%s\n' "$entry"
    fi
  done
}

if sha256sum --check --strict --quiet SHA256SUMS; then good "every file that SHA256SUMS lists has its digest"
else bad "a file that SHA256SUMS lists is missing or has another digest"; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cut -c67- SHA256SUMS | sort > "$work/listed"
list '' | sort > "$work/found"
comm -13 "$work/listed" "$work/found" > "$work/others"
if [ -s "$work/others" ]; then
  bad "files that SHA256SUMS does not list:"
  cat "$work/others" >&2
else good "no file is here that SHA256SUMS does not list"; fi

manifest=$(sha256sum MANIFEST.json | cut -c1-64)
if [ -z "$digest" ]; then echo "not checked: the manifest's digest, $manifest; compare it with what you got by another way"
elif [ "$manifest" = "$digest" ]; then good "the manifest has the digest that was given"
else bad "the manifest's digest is $manifest, not $digest"; fi

signature=../$(basename "$PWD").SHA256SUMS.sig
if [ -z "$key" ]; then echo "not checked: the signature; name the signer's public key with --key"
elif [ ! -f "$signature" ]; then bad "no signature is next to the package: $signature"
elif openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in SHA256SUMS -sigfile "$signature" > "$work/openssl" 2>&1
then good "SHA256SUMS is signed by that key"
else
  bad "SHA256SUMS is not signed by that key:"
  cat "$work/openssl" >&2
fi
exit $status
