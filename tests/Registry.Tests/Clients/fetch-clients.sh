#!/usr/bin/env bash
# fetch-clients.sh FOLDER CLIENT...
#
# Fetches registry clients, and a browser for the web pages, as Debian packages
# and unpacks each into FOLDER/CLIENT, so that FOLDER/bin/CLIENT runs it;
# FOLDER/versions/CLIENT lists its packages. docker includes the engine.
#
# Nothing is installed: apt-get only downloads, with sources, lists and a cache of its own, and dpkg only unpacks.
# The system's apt gives no more than the address of its mirror and Debian's keys.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: $0 FOLDER CLIENT..." >&2; exit 64; }
for tool in apt-get dpkg dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "$tool was not found; clients can only be fetched on Debian." >&2; exit 69; }
done
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift

# Both forms that apt sources have: "URIs: ADDRESS" and "deb [options] ADDRESS suite component".
sources=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null || true)
mirror=$(sed -nE 's,^URIs: *([^ ]+/debian)/?( .*)?$,\1,p; s,^deb +(\[[^]]*\] +)?([^ ]+/debian)/? .*,\2,p' <<<"$sources" | head -n 1)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -n "$mirror" ] && [ -e "$keys" ] || { echo "The system's apt names no Debian mirror, or $keys is missing." >&2; exit 69; }

work=$(mktemp -d "$folder/fetching.XXXXXX")
trap 'rm -rf "$work"' EXIT

apt() { # SUITE ARGUMENT...: apt-get that knows this suite alone and writes below $work only; silent unless it fails
  local suite=$1 log=$work/apt.log
  shift
  apt-get -q \
    -o Dir::Etc::sourcelist="$work/$suite/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State::lists="$work/$suite/lists" -o Dir::Cache="$work/$suite/cache" \
    -o APT::Sandbox::User="$(id -un)" -o APT::Update::Post-Invoke::=true \
    -o Acquire::Languages=none -o Acquire::Retries=3 "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
}

fetch() { # CLIENT SUITE PACKAGE...
  local client=$1 suite=$2 new=$work/$1 package
  shift 2
  if [ ! -d "$work/$suite" ]; then
    mkdir -p "$work/$suite/lists/partial" "$work/$suite/cache/archives/partial"
    echo "deb [signed-by=$keys] $mirror $suite main" >"$work/$suite/sources.list"
    apt "$suite" update
  fi
  mkdir "$new" "$new/packages"
  (cd "$new/packages" && apt "$suite" download "$@")
  for package in "$new"/packages/*.deb; do
    dpkg -x "$package" "$new"
    dpkg-deb -W --showformat='${Package} ${Version}\n' "$package" >>"$new/version"
  done
  rm -rf "$new/packages"

  # The client appears under its name when it is complete, so a run that was cut short leaves nothing that looks whole.
  mkdir -p "$folder/bin" "$folder/versions"
  rm -rf "${folder:?}/$client"
  mv "$new/version" "$folder/versions/$client"
  mv "$new" "$folder/$client"
  cat >"$work/wrapper" <<WRAPPER
#!/bin/sh
root=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")/$client
for libraries in "\$root"/usr/lib/*-linux-gnu* "\$root"/lib/*-linux-gnu*; do
  if [ -d "\$libraries" ]; then LD_LIBRARY_PATH=\$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}; export LD_LIBRARY_PATH; fi
done
# podman runs conmon and crun.
PATH=\$root/usr/bin:\$PATH
exec "\$root/usr/bin/$client" "\$@"
WRAPPER
  chmod +x "$work/wrapper"
  mv "$work/wrapper" "$folder/bin/$client"
  sed 's/^/fetched /' "$folder/versions/$client"
}

# A browser includes all libraries that this system lacks; it is of the system's own release, since it uses the installed libraries.
fetch_chromium() {
  local suite new=$work/chromium
  suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
  mkdir -p "$work/$suite-browser/lists/partial" "$work/$suite-browser/cache/archives/partial" "$new"
  echo "deb [signed-by=$keys] $mirror $suite main" >"$work/$suite-browser/sources.list"
  apt "$suite-browser" update
  apt "$suite-browser" install --download-only --yes --no-install-recommends -o Debug::NoLocking=1 chromium fonts-dejavu-core
  for package in "$work/$suite-browser"/cache/archives/*.deb; do
    dpkg -x "$package" "$new"
    dpkg-deb -W --showformat='${Package} ${Version}\n' "$package" >>"$new/version"
  done
  grep '^chromium ' "$new/version" >"$work/version"
  mkdir -p "$folder/bin" "$folder/versions"
  rm -rf "${folder:?}/chromium"
  mv "$work/version" "$folder/versions/chromium"
  mv "$new" "$folder/chromium"
  cat >"$folder/chromium/fonts.conf" <<FONTS
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir><dir>$folder/chromium/usr/share/fonts</dir><cachedir>$folder/chromium/fontcache</cachedir>
  <alias binding="same"><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
FONTS
  cat >"$work/wrapper" <<'WRAPPER'
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")/chromium
for libraries in "$root"/usr/lib/*-linux-gnu* "$root"/usr/lib/*-linux-gnu*/* "$root"/lib/*-linux-gnu*; do
  if [ -d "$libraries" ]; then LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}; export LD_LIBRARY_PATH; fi
done
export FONTCONFIG_FILE="$root/fonts.conf"
exec "$root/usr/lib/chromium/chromium" "$@"
WRAPPER
  chmod +x "$work/wrapper"
  mv "$work/wrapper" "$folder/bin/chromium"
  sed 's/^/fetched /' "$folder/versions/chromium"
}

for client; do
  case $client in
    # Single binaries, which run on older releases too; sid has them all.
    oras | crane | cosign | notation | umoci) fetch "$client" sid "$client" ;;
    ctr) fetch ctr sid containerd ;;
    # From a stable release, since sid's needs sid's glibc.
    skopeo) fetch skopeo bookworm skopeo libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 ;;
    buildah) fetch buildah bookworm buildah libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 libseccomp2 ;;
    podman) fetch podman bookworm podman conmon crun libyajl2 libsubid4 libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 libseccomp2 ;;
    zstd) fetch zstd bookworm zstd libzstd1 ;;
    docker-registry) fetch docker-registry bookworm docker-registry ;;
    docker) fetch docker bookworm docker.io containerd runc tini libseccomp2 libdevmapper1.02.1 libsystemd0 ;;
    chromium) fetch_chromium ;;
    *) echo "$0 knows no client $client" >&2; exit 64 ;;
  esac
done
