#!/bin/sh
# Finds PostgreSQL, Chromium and ip, which the tests need; installs them with apt where that is allowed.
set -eu

has_postgresql() {
	command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

has_chromium() {
	command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1
}

has_ip() {
	command -v ip >/dev/null 2>&1
}

missing=""
has_postgresql || missing="$missing postgresql"
has_chromium || missing="$missing chromium"
has_ip || missing="$missing iproute2"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing$missing for the tests ..." >&2
	# A server of Debian's own is not wanted, only the programs.
	apt-get update -qq
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
	exit 0
fi
echo "The tests need$missing; install with: sudo apt-get install$missing" >&2
exit 1
