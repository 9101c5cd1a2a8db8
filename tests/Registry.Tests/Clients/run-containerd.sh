#!/usr/bin/env bash
# run-containerd.sh CONTAINERD FOLDER
#
# Runs the daemon CONTAINERD/usr/bin/containerd with its socket at FOLDER/socket, until standard input is closed; so it ends with its
# parent process, however that ends. FOLDER must have a short path: a socket's may have 107 characters.
#
# It has no plugins for Kubernetes, and unpacks images by copying. It sees a throw-away layer over /run in a mount namespace of its own.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 CONTAINERD FOLDER" >&2; exit 64; }
export DAEMON=$1/usr/bin/containerd FOLDER=$2
cat >"$FOLDER/config.toml" <<CONFIG
version = 3
disabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri",
  "io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt"]
[[plugins."io.containerd.transfer.v1.local".unpack_config]]
  platform = "linux"
  snapshotter = "native"
  differ = "walking"
CONFIG

unshare --mount --propagation private bash -euc '
  mount -n -t tmpfs tmpfs /run
  exec "$DAEMON" --config "$FOLDER/config.toml" --root "$FOLDER/root" --state "$FOLDER/state" --address "$FOLDER/socket"
' </dev/null &
daemon=$!

(cat >/dev/null; kill "$daemon" 2>/dev/null) <&0 &
wait "$daemon"
