#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# Hostile bundles and hostile command lines: what is read from them, what it names, and where output goes.

load ../lib/lighter
load ../lib/assert
load ../lib/attack

setup() {
	B=$BATS_TEST_TMPDIR/plain
	bundle_attack "$B"
	host_directory
	before=$(host_state)
}

teardown() {
	runtime_cleanup
}

R() { runtime_of "$BUILD/src/programs" "$@"; }

# refused REGEX ARG...: one sentence, no hang, nothing made.
refused() {
	local regex=$1
	shift
	fails_with "${REFUSED:-1}" "$regex" timeout 20 "$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" "$@" </dev/null
	assert_eq "$(ls "$BATS_TEST_TMPDIR/state" 2>/dev/null)" ''
	assert_eq "$(host_state)" "$before"
}

@test "a root.path that is a link is refused" {
	mv "$B/rootfs" "$B/real"
	ln -s "$HOST" "$B/rootfs"
	refused "root.path 'rootfs'" run -b "$B" attack
	ln -sfn real "$B/rootfs"
	refused "root.path 'rootfs'" run -b "$B" attack
	config_edit "$B" '.root.path = "rootfs/"'
	refused "root.path 'rootfs/'" run -b "$B" attack
	config_edit "$B" '.root.path = "real/"'
	bundle_script "$B" 'echo runs'
	assert_eq "$(R run -b "$B" attack </dev/null)" runs
}

@test "a config.json that is no file is refused at once" {
	mv "$B/config.json" "$B/good.json"
	ln -s good.json "$B/config.json"
	refused "read 'config.json'" run -b "$B" attack
	rm "$B/config.json"
	mkfifo "$B/config.json"
	refused 'config.json' run -b "$B" attack
	rm "$B/config.json"
	mkdir "$B/config.json"
	refused "read 'config.json': Is a directory" run -b "$B" attack
	rmdir "$B/config.json"
	mknod "$B/config.json" c 1 5 # zero: without an end
	refused 'config.json' run -b "$B" attack
	rm "$B/config.json"
	head -c 17000000 /dev/zero | tr '\0' ' ' >"$B/config.json"
	refused "read 'config.json'" run -b "$B" attack
}

@test "a config.json that is exchanged while it is read is the one or the other" {
	local i
	bundle_script "$B" 'echo $A $(hostname)'
	config_edit "$B" '.process.env += ["A=one"] | .hostname = "one"'
	jq '.process.env += ["A=two"] | .hostname = "two"' "$B/config.json" >"$B/other.json"
	"$BUILD/tests/exchange" "$B" config.json other.json 3>&- &
	for i in $(seq 20); do R run -b "$B" attack </dev/null; done >"$BATS_TEST_TMPDIR/said" || true
	kill $!
	[ "$(grep -cE '^(one one|two two)$' "$BATS_TEST_TMPDIR/said")" = 20 ]
}

@test "what the bundle becomes after create counts for nothing" {
	bundle_script "$B" 'sleep 1000'
	R create -b "$B" attack </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	config_edit "$B" '.linux.namespaces = [{"type":"mount"}] | .process.capabilities |= map_values(["CAP_SYS_ADMIN"]) |
		.process.args = ["echo", "other"] | .process.noNewPrivileges = false | .process.env += ["OTHER=1"]'
	R start attack
	assert_eq "$(R exec attack readlink /proc/self/ns/pid)" "$(R exec attack readlink /proc/1/ns/pid)"
	fails test "$(R exec attack readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)"
	assert_eq "$(R exec attack sh -c 'echo $OTHER; grep CapEff /proc/self/status')" "$(printf '\nCapEff:\t0000000000000020')"
	mv "$B" "$B-gone"
	assert_eq "$(R exec attack id -u)" 0
	R delete -f attack
}

@test "mount destinations with dots and links stay inside" {
	local to
	bundle_script "$B" 'grep -c dotted /proc/self/mountinfo'
	for to in /../../../../../../../../../../../..$HOST/x /a/../../..$HOST/x "$HOST/../../../../../../../../..$HOST/x" /./x/. /x//y///; do
		rm -rf "$B/rootfs/up"
		ln -s ../../../../../../../../../../.. "$B/rootfs/up"
		bundle_attack "$B"
		bundle_script "$B" 'grep -c dotted /proc/self/mountinfo'
		config_edit "$B" '.mounts += [{"destination":$ARGS.positional[0],"type":"tmpfs","source":"dotted"},
			{"destination":("/up/up" + $ARGS.positional[0]),"type":"tmpfs","source":"dotted"}]' "$to"
		assert_eq "$(R run -b "$B" attack </dev/null)" 2
		assert_eq "$(host_state)" "$before"
	done
}

@test "numbers that are no ids are refused wherever an id is wanted" {
	local id field
	for field in .process.user.uid .process.user.gid '.process.user.additionalGids[0]'; do
		for id in -1 4294967295 4294967296 18446744073709551615 18446744073709551616 0.5 1e99 '"0"' null true '[]'; do
			bundle_new "$B"
			# jq would round the large ones
			config_edit "$B" "$field = \"PLACE\""
			sed -i "s/\"PLACE\"/$id/" "$B/config.json"
			[ "$id" = null ] && continue
			refused 'process.user' run -b "$B" attack
		done
	done
	for id in '"containerID":0,"hostID":4294967295,"size":1' '"containerID":0,"hostID":100000,"size":4294967296' \
		'"containerID":-1,"hostID":100000,"size":1' '"containerID":4294967295,"hostID":1,"size":2' \
		'"containerID":0,"hostID":100000,"size":0' '"containerID":1,"hostID":100000,"size":65535'; do
		bundle_new "$B"
		config_edit "$B" ".linux.namespaces += [{\"type\":\"user\"}] | .linux.uidMappings = [{$id}] | .linux.gidMappings = .linux.uidMappings"
		refused 'linux.uidMappings|process.user|root' run -b "$B" attack
	done
}

@test "a container's id is one directory name in every verb" {
	local id verb
	bundle_script "$B" 'true'
	for id in '' . .. ../x /x x/y x/../y "$(printf 'a\nb')" "$(printf 'a\033[2Jb')" "$(printf 'a\177')" 'a b' 'a;b' "$(printf 'x%.0s' {1..256})" é; do
		for verb in "create -b $B" "run -b $B" start state kill delete 'delete -f' exec; do
			# shellcheck disable=SC2086 # a verb and its options
			REFUSED=$([ "$verb" != exec ] && echo 1 || echo 255) \
				refused "[Ii]nvalid container id|wanted" $verb -- "$id" $([ "$verb" != exec ] || echo true)
		done
	done
}

@test "the pid file replaces a link, the log is not written through one, a FIFO hangs neither" {
	bundle_script "$B" 'true'
	ln -s "$HOST/canary" "$BATS_TEST_TMPDIR/pid"
	R run --pid-file "$BATS_TEST_TMPDIR/pid" -b "$B" attack </dev/null
	[ ! -L "$BATS_TEST_TMPDIR/pid" ]
	grep -qE '^[0-9]+$' "$BATS_TEST_TMPDIR/pid"
	assert_eq "$(host_state)" "$before"
	ln -s "$HOST/canary" "$BATS_TEST_TMPDIR/log"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	for log in log fifo; do
		timeout 20 "$BUILD/src/programs/lighter-runtime" --log "$BATS_TEST_TMPDIR/$log" --log-format json state attack || status=$?
		assert_eq "$status" 1
		assert_eq "$(host_state)" "$before"
	done
	rm "$BATS_TEST_TMPDIR/pid"
	mkfifo "$BATS_TEST_TMPDIR/pid"
	timeout 20 "$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" run --pid-file "$BATS_TEST_TMPDIR/pid" -b "$B" attack </dev/null
	[ -f "$BATS_TEST_TMPDIR/pid" ]
}

@test "a console socket that is none is refused at once" {
	local path
	config_edit "$B" '.process.terminal = true'
	: >"$BATS_TEST_TMPDIR/file"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	ln -s /proc/self/fd/0 "$BATS_TEST_TMPDIR/magic"
	for path in file fifo magic missing "$(printf 'x%.0s' {1..200})"; do
		refused 'console socket|console-socket' run --console-socket "$BATS_TEST_TMPDIR/$path" -b "$B" attack
	done
}

@test "cgroup paths with dots are refused, and delete removes nothing but the container's own" {
	local path
	bundle_script "$B" 'true'
	for path in .. /.. ../.. /../.. /a/.. /a/../.. a/../../b /a/../../../../../$HOST /./. . "$(printf 'a\nb')"; do
		config_edit "$B" '.linux.cgroupsPath = $ARGS.positional[0]' "$path"
		refused 'cgroup' run -b "$B" attack
		refused 'cgroup' create -b "$B" attack
	done
}

@test "newlines in annotations, environment and names are data" {
	config_edit "$B" '.annotations = {"a\nb":"c\n{\"pid\":1}","org.criu.config":"/x","run.oci.other":"krun"} |
		.process.env += ["MULTI=1\nLD_PRELOAD=/x"]'
	bundle_script "$B" 'printf "%s" "$MULTI"; echo; echo "[$LD_PRELOAD]"; sleep 1000'
	R run -d -b "$B" attack </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	wait_until grep -q '^\[' "$BATS_TEST_TMPDIR/said"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/said")" "$(printf '1\nLD_PRELOAD=/x\n[]')"
	assert_eq "$(R state attack | jq -c .annotations)" '{"a\nb":"c\n{\"pid\":1}","org.criu.config":"/x","run.oci.other":"krun"}'
	assert_eq "$(R state attack | jq -r .status)" running
}

@test "a NUL inside of a string is refused" {
	local field
	for field in .process.args[0] .process.env[0] .process.cwd .root.path .hostname '.mounts[0].destination' '.linux.maskedPaths[0]' \
		'.linux.namespaces[0].path' .linux.cgroupsPath '.annotations.a'; do
		bundle_new "$B"
		config_edit "$B" "$field = \"/x\\u0000y\""
		refused 'config.json' run -b "$B" attack
	done
}

@test "hundreds of inherited descriptors, with and without close-on-exec, reach nobody" {
	cat >"$BATS_TEST_TMPDIR/many.py" <<-'END'
		import fcntl, os, sys
		host = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
		for n in range(3, 500):
		    if n != host:
		        os.dup2(host, n, inheritable=n % 2 == 0)
		os.execv(sys.argv[2], sys.argv[2:])
	END
	bundle_script "$B" 'ls /proc/self/fd | tr "\n" " "; echo; sleep 1000'
	python3 "$BATS_TEST_TMPDIR/many.py" "$HOST" "$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" \
		run -d -b "$B" attack </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	wait_until grep -q 3 "$BATS_TEST_TMPDIR/said"
	assert_eq "$(head -n 1 "$BATS_TEST_TMPDIR/said")" '0 1 2 3 ' # 3 is the directory that ls reads
	assert_eq "$(python3 "$BATS_TEST_TMPDIR/many.py" "$HOST" "$BUILD/src/programs/lighter-runtime" \
		--root "$BATS_TEST_TMPDIR/state" exec attack ls /proc/self/fd | tr '\n' ' ')" '0 1 2 3 '
}

@test "groups of the caller reach neither the program nor an exec" {
	bundle_script "$B" 'id -G; sleep 1000'
	setpriv --groups 4,27,100 "$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" run -d -b "$B" attack \
		</dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	wait_until grep -q 0 "$BATS_TEST_TMPDIR/said"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/said")" 0
	assert_eq "$(setpriv --groups 4,27,100 "$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" \
		exec attack grep Groups /proc/self/status | xargs)" 'Groups:'
}
