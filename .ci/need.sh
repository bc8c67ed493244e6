#!/bin/sh
# Installs the Debian packages that the test suite needs, if they are absent and we may. Otherwise it says in one sentence
# what to install, and fails: a missing server or browser never skips a test.
set -eu

missing=""
need() { # need PACKAGE TEST…: the package is missing if the test fails
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

have_postgres() { ls /usr/lib/postgresql/*/bin/initdb; }
have_chinese_fonts() { fc-list :lang=zh | grep -qi noto; }

need gcc command -v gcc
need g++ command -v g++
need libc6-dev test -e /usr/include/stdlib.h
need pkg-config command -v pkg-config
need libical-dev pkg-config --exists libical
need liblemon-dev test -e /usr/include/lemon/network_simplex.h
need postgresql have_postgres
need chromium command -v chromium
need fonts-noto-cjk have_chinese_fonts
need khal command -v khal
need vdirsyncer command -v vdirsyncer
need wrk command -v wrk
need calcurse command -v calcurse
need todoman command -v todoman
need python3-icalendar /usr/bin/python3 -c "import icalendar"
need python3-vobject /usr/bin/python3 -c "import vobject"
need python3-caldav /usr/bin/python3 -c "import caldav"
need python3-httplib2 /usr/bin/python3 -c "import httplib2"
need libreoffice-calc command -v soffice
need poppler-utils command -v pdftoppm
need exim4-daemon-light test -x /usr/sbin/exim4

[ -n "$missing" ] || exit 0

as=""
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		as="sudo"
	else
		as="none"
	fi
fi
if [ "$as" = none ] || ! command -v apt-get >/dev/null; then
	echo "测试需要先安装（tests need these Debian packages first）: apt-get install$missing" >&2
	exit 1
fi
echo "安装测试所需的软件包 installing for the tests:$missing"
# The suite starts its own throw-away server; the package must not make a standing one.
$as mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo 'create_main_cluster = false' | $as tee /etc/postgresql-common/createcluster.conf >/dev/null
$as apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
	{ echo "没有装成，请手工运行（please run by hand）: apt-get install$missing" >&2; exit 1; }
