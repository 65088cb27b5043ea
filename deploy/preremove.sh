#!/bin/sh
# An upgrade leaves the daemon running: postinstall restarts it.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	systemctl disable --now courant.socket courant.service
fi
