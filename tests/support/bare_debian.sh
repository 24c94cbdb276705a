#!/bin/sh
# Tries README's first command on a bare Debian 12: as root,  tests/support/bare_debian.sh [DIR]
#
# Makes a minimal root with Python, venv and certificates and nothing else, puts the committed tree into it, and runs
# `bin/stepwell demo` there: environment included, headless, without a graphics library. Ends with the demo's exit code.
# DIR (default: a new temporary folder) is kept, so that one can look; it is deleted by whoever made it.
set -eu
tree=$(cd -- "$(dirname -- "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "bare_debian.sh: needs root, for chroot" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "bare_debian.sh: apt-get install debootstrap" >&2; exit 2; }
root=${1:-$(mktemp -d)}
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | sed -n 's/^bookworm //p' | head -n 1)
[ -n "$mirror" ] || { echo "bare_debian.sh: apt knows no mirror of Debian 12 (bookworm)" >&2; exit 2; }

debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" "$mirror"
cp /etc/resolv.conf "$root/etc/resolv.conf"
for kept in /etc/pip.conf /usr/local/share/ca-certificates; do # a machine behind a mirror of its own
    [ ! -e "$kept" ] || cp -r "$kept" "$root$(dirname "$kept")/"
done
chroot "$root" update-ca-certificates >/dev/null 2>&1 || true
mkdir "$root/stepwell"
git -C "$tree" archive HEAD | tar -x -C "$root/stepwell"
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT
begin=$(date +%s)
chroot "$root" /stepwell/bin/stepwell demo --fast
echo "bare_debian.sh: SUCCESS after $(($(date +%s) - begin)) s in $root"
