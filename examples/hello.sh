#!/bin/sh
# One command in a container of its own: pid 1, its own host name, root there and nobody here.
set -eu
lighter run --rm -h example busybox sh -c 'echo "hello from pid $$ on $(hostname), uid $(id -u)"'
