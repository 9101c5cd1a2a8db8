#!/usr/bin/env bash
# run-dockerd.sh DOCKER FOLDER
#
# Runs the engine that fetch-clients.sh unpacked into DOCKER, with its socket at FOLDER/socket, until standard input is closed;
# so it ends with its parent process, however that ends. FOLDER must have a short path: a socket's may have 107 characters.
#
# It has neither bridge nor firewall rules, so it can build from scratch, push and pull, and cannot run containers with a network.
# It sees throw-away layers over /etc, /opt and /run in a mount namespace of its own, because the engine and its containerd write
# there (/etc/docker/key.json, /opt/containerd, /run/docker).
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 DOCKER FOLDER" >&2; exit 64; }
export DOCKER=$1 FOLDER=$2
for libraries in "$DOCKER"/usr/lib/*-linux-gnu* "$DOCKER"/lib/*-linux-gnu*; do
  if [ -d "$libraries" ]; then export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}; fi
done
export PATH=$DOCKER/usr/sbin:$DOCKER/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$FOLDER
mkdir -p "$FOLDER/etc"
echo '{}' >"$FOLDER/daemon.json"

unshare --mount --propagation private bash -euc '
  mount -n -t tmpfs tmpfs "$FOLDER/etc"
  mkdir "$FOLDER/etc/upper" "$FOLDER/etc/work"
  mount -n -t overlay -o "lowerdir=/etc,upperdir=$FOLDER/etc/upper,workdir=$FOLDER/etc/work" overlay /etc
  mount -n -t tmpfs tmpfs /opt
  mount -n -t tmpfs tmpfs /run
  exec dockerd --config-file "$FOLDER/daemon.json" --data-root "$FOLDER/data" --exec-root "$FOLDER/exec" \
    --host "unix://$FOLDER/socket" --pidfile "$FOLDER/pid" --storage-driver=vfs --bridge=none \
    --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --userland-proxy=false
' </dev/null &
engine=$!

(cat >/dev/null; kill "$engine" 2>/dev/null) <&0 &
wait "$engine"
