#!/bin/bash
# Makes a guest of the lab a backend: Node, and ha-backend.mjs as the service `impalad`. Runs as root; idempotent.
# usage: backend.sh <name>
set -euo pipefail

command -v node >/dev/null || {
  apt-get -q update -o DPkg::Lock::Timeout=300 >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -q --yes --no-install-recommends -o DPkg::Lock::Timeout=300 install nodejs >/dev/null
}
rm -rf /opt/ha-backend
mkdir /opt/ha-backend
tar -xzf /tmp/ha-backend.tar.gz -C /opt/ha-backend --no-same-owner
# An init script, since not every box has systemd; where it runs, it takes this one over.
cat >/etc/init.d/impalad <<SCRIPT
#!/bin/sh
### BEGIN INIT INFO
# Provides:          impalad
# Required-Start:    \$network
# Required-Stop:     \$network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: HiveServer2 and /healthz of the lab; no Impala
### END INIT INFO
daemon() { start-stop-daemon --pidfile /run/impalad.pid "\$@"; }
start() {
  daemon --start --oknodo --background --make-pidfile --chuid nobody --exec /usr/bin/node -- \\
    /opt/ha-backend/test/support/ha-backend.mjs $1 0.0.0.0 21050 --also 10015:sasl --web 25000
}
stop() { daemon --stop --oknodo --remove-pidfile --retry TERM/5/KILL/5; }
case \$1 in
  start) start ;;
  stop) stop ;;
  restart | force-reload) stop && start ;;
  status) daemon --status ;;
  *) exit 3 ;;
esac
SCRIPT
chmod 755 /etc/init.d/impalad
[ ! -d /run/systemd/system ] || systemctl daemon-reload
update-rc.d impalad defaults
service impalad restart
