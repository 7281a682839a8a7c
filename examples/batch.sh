#!/bin/sh
# A job: half a CPU, 64 MiB, no network, its result in a directory of the host.
set -eu
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
chmod 777 "$out"

lighter run --rm --cpus 0.5 -m 64m --pids-limit 20 --network none --cap-drop ALL -u 1000:1000 \
	-v "$out:/out" busybox sh -c 'seq 1 1000 | sha256sum > /out/digest'
cat "$out/digest"

# The status of the program is the status of the command.
status=0
lighter run --rm busybox sh -c 'exit 7' || status=$?
echo "exit status $status"
