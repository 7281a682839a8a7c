#!/bin/sh
# A service in the background that ends when it is told to.
set -eu
name=example-service-$$
lighter run -d --name "$name" -e GREETING=hello busybox \
	sh -c 'trap "echo stopping; exit 0" TERM; echo "$GREETING"; while :; do sleep 0.1; done' >/dev/null
trap 'lighter rm -f "$name" >/dev/null' EXIT

lighter exec "$name" sh -c 'echo "processes: $(ls -d /proc/[0-9]* | wc -l)"'
lighter stop -t 10 "$name" >/dev/null
lighter logs "$name"
echo "exit status $(lighter wait "$name")"
