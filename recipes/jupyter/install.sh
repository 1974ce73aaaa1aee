#!/bin/sh
# Run in the new root disk's tree (chroot, with /proc) by `forkd-spawner parent build`, step by step:
#   install.sh packages | guest | finish
# /build holds what the host has copied in; pip's settings are in the environment.
set -eu

# The host's authorities, where it has its own.
[ ! -e /build/certificates.pem ] || export PIP_CERT=/build/certificates.pem

VENV=/opt/jupyter
ACCOUNT=jovyan

packages() {
    # An image's own packages are to be seen; those of the lock file come first.
    python3 -m venv --system-site-packages "$VENV"
    "$VENV/bin/pip" install --quiet --no-deps --requirement /build/requirements.lock
    for file in /build/requirements/*.txt; do
        # The lock file decides about what it names, whatever these need.
        "$VENV/bin/pip" install --quiet --constraint /build/requirements.lock --requirement "$file"
    done
}

guest() {
    "$VENV/bin/pip" install --quiet --no-deps /build/guest/*
}

finish() {
    id "$ACCOUNT" >/dev/null 2>&1 ||
        useradd --uid 1000 --user-group --no-create-home --home-dir "/home/$ACCOUNT" --shell /bin/bash "$ACCOUNT"
    install -m 755 /build/init /sbin/forkd-init
    mkdir -p /home /run /tmp /var/tmp /dev /proc /sys
    for name in resolv.conf hosts localtime machine-id; do
        ln -sfn "/run/$name" "/etc/$name"
    done
    rm -rf /var/cache/apt/* /var/lib/apt/lists/* /root/.cache
    # The disk is read-only: what is not compiled now is compiled at each import.
    "$VENV/bin/python" -m compileall -q -j 0 "$VENV/lib" /usr/lib/python3* || true
    "$VENV/bin/python" -c 'import importlib.metadata as m, json, platform
print(json.dumps({"python": platform.python_version()} | {d.name: d.version for d in m.distributions()}))' \
        >/build/versions.json
}

"$1"
