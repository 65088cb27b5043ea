#!/bin/sh
# The unit is known to systemd, and a daemon that runs is restarted with the new
# binary; a first installation starts nothing: there are no sources yet.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart courant.service
fi
