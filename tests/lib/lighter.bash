# SPDX-License-Identifier: Apache-2.0
# What every system test starts from. tests/lib/capsule has set BUILD, PATH (lighter, lighter-runtime), LIGHTER_ROOT and
# LIGHTER_RUN_ROOT.

[ -n "${LIGHTER_CAPSULE:-}" ] || { echo "run it by tests/run: the tests need a capsule of their own" >&2; exit 1; }

# Tries COMMAND every 10 ms for at most 20 seconds (WAIT_SECONDS).
wait_until() {
	local until=$((${EPOCHREALTIME/./} + ${WAIT_SECONDS:-20} * 1000000))
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$until" ] || { echo "never happened: $*" >&2; return 1; }
		sleep 0.01
	done
}

# receive_fd SOCKET [WHAT]: takes one descriptor from a socket in the background, as $!; what receive_fd.py says goes to
# SOCKET.out.
receive_fd() {
	python3 "$BATS_TEST_DIRNAME/../lib/receive_fd.py" "$@" </dev/null >"$1.out" 2>&1 3>&- &
	wait_until test -S "$1"
}

# Fills DIR with a root file system of the machine's busybox.
rootfs_busybox() {
	mkdir -p "$1"/{bin,dev,etc,proc,root,sys,tmp,usr/share,var}
	chmod 1777 "$1/tmp"
	cp /bin/busybox "$1/bin/busybox"
	ln -sfn ../bin "$1/usr/bin"
	"$1/bin/busybox" --install "$1/bin" # hard links of the copy: through a symlink a test would write to the machine's
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$1/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
}

# Makes DIR an OCI image layout of that root, named busybox:latest.
image_layout() {
	local work
	work=$(mktemp -d "$LIGHTER_CAPSULE/layout.XXXXXX")
	rootfs_busybox "$work/root"
	tar -C "$work/root" --numeric-owner --owner 0 --group 0 -cf "$work/layer.tar" .
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$1" busybox:latest "$work/layer.tar"
	rm -rf "$work"
}

# Makes DIR an OCI bundle: that root and a config.json that runs `sh`.
bundle_new() {
	rootfs_busybox "$1/rootfs"
	cat >"$1/config.json" <<-'END'
		{
		  "ociVersion": "1.1.0",
		  "process": {
		    "terminal": false, "user": { "uid": 0, "gid": 0 }, "args": ["sh"], "cwd": "/",
		    "env": ["PATH=/bin:/usr/bin", "TERM=xterm"], "noNewPrivileges": true,
		    "capabilities": { "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"] },
		    "rlimits": [{ "type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024 }]
		  },
		  "root": { "path": "rootfs", "readonly": false },
		  "hostname": "bundle",
		  "mounts": [
		    { "destination": "/proc", "type": "proc", "source": "proc" },
		    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
		      "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] },
		    { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
		      "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
		    { "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
		      "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
		    { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] }
		  ],
		  "linux": {
		    "resources": { "devices": [{ "allow": false, "access": "rwm" }] },
		    "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }],
		    "maskedPaths": ["/proc/kcore", "/proc/keys", "/sys/firmware"],
		    "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
		  }
		}
	END
}

# config_edit DIR FILTER [ARG...]: changes the bundle's config.json by jq.
config_edit() {
	jq "$2" "$1/config.json" --args "${@:3}" >"$1/config.json.new" && mv "$1/config.json.new" "$1/config.json"
}
