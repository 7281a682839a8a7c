# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime's command line: what engines type and read, in runc's words and forms.

load ../lib/lighter
load ../lib/assert
bats_require_minimum_version 1.5.0

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	S=$BATS_TEST_TMPDIR/state
	mkdir -p "$B"
	bundle_new "$B"
	R="lighter-runtime --root $S"
}

teardown() {
	local id
	for id in "$S"/*/; do
		[ -d "$id" ] && $R delete -f "$(basename "$id")" || true
	done
}

program() { # the bundle's program becomes a shell script
	config_edit "$B" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")]"
}

create() {
	$R create -b "$B" "$@" </dev/null >/dev/null 2>&1
}

@test "--version is what containerd and Docker read: name, version, spec" {
	run -0 lighter-runtime --version
	[[ ${lines[0]} =~ ^lighter-runtime\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	assert_eq "${lines[1]}" 'spec: 1.3.0'
	assert_eq "$(lighter-runtime -v)" "$output"
}

@test "options in runc's grammar: one dash for long names, after the id, by =" {
	create -pid-file "$BATS_TEST_TMPDIR/pid" c
	assert_eq "$($R state c | jq .pid)" "$(cat "$BATS_TEST_TMPDIR/pid")"
	$R delete c --force=true
	[ ! -e "$S/c" ]
	fails_with 1 'delete: unknown flag: --forse, did you mean --force\?' $R delete --forse c
	fails_with 1 'state: wanted: ID' $R state
	fails_with 1 "unknown command 'creat'" $R creat
	run -0 $R create --help
	[[ $output == *--no-new-keyring* ]]
}

@test "the state root: refused when it is /, private when it is made" {
	fails_with 1 "--root '/' is not a directory of our own" lighter-runtime --root / list
	$R list -q
	assert_eq "$(stat -c %a "$S")" 1700
}

@test "the state root of whoever is not the machine's root lies in XDG_RUNTIME_DIR" {
	local run=$BATS_TEST_TMPDIR/xdg
	mkdir "$run"
	XDG_RUNTIME_DIR=$run USER=nobody unshare --user --map-root-user lighter-runtime list -q
	[ -d "$run/lighter-runtime" ]
	rmdir "$run/lighter-runtime"
	XDG_RUNTIME_DIR=$run USER=nobody lighter-runtime list -q
	[ ! -e "$run/lighter-runtime" ]
	rmdir /run/lighter-runtime 2>/dev/null || true
}

@test "errors go to the log as JSON, and to stderr as one sentence" {
	local log=$BATS_TEST_TMPDIR/log
	fails_with 1 "^lighter-runtime: container does not exist: 'c'$" $R --log "$log" --log-format json state c
	assert_eq "$(jq -r '.level + " " + .msg' "$log")" "error container does not exist: 'c'"
	jq -r .time "$log" | grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$'
	fails_with 1 'does not exist' $R --log "$log" --log-format json start c
	assert_eq "$(wc -l <"$log")" 2
	run -1 --separate-stderr $R --log-format json state c
	assert_eq "$(jq -r .msg <<<"$stderr")" "container does not exist: 'c'"
}

@test "the text log has logrus's form, and --debug tells the steps" {
	local log=$BATS_TEST_TMPDIR/log
	run -1 $R --log "$log" state c
	grep -qE "^time=\"[0-9TZ:.-]+\" level=error msg=\"container does not exist: 'c'\"$" "$log"
	rm "$log"
	program true
	$R --log "$log" run -b "$B" c
	assert_eq "$(cat "$log")" ''
	$R --log "$log" --debug run -b "$B" c
	grep -q 'level=debug msg="create: cgroup"' "$log"
	grep -q 'level=debug msg="init: pivot"' "$log"
	fails_with 1 "--log-format 'xml' is not text or json" $R --log-format xml list
	fails_with 1 "open log '/no/such/log'" $R --log /no/such/log list
}

@test "state says what runc's says" {
	config_edit "$B" '.annotations = {"org.example.a": "1"}'
	create c
	$R state c >"$BATS_TEST_TMPDIR/state.json"
	assert_eq "$(jq -c 'keys_unsorted' "$BATS_TEST_TMPDIR/state.json")" \
		'["ociVersion","id","pid","status","bundle","rootfs","created","annotations","owner"]'
	assert_eq "$(jq -r '[.ociVersion, .id, .status, .bundle, .rootfs, .owner, .annotations["org.example.a"]] | join(" ")' \
		"$BATS_TEST_TMPDIR/state.json")" "1.1.0 c created $B $B/rootfs root 1"
	jq -r .created "$BATS_TEST_TMPDIR/state.json" | grep -qE '^20[0-9-]+T[0-9:]+\.[0-9]{9}Z$'
	$R kill c KILL
	wait_until bash -c "[ \$($R state c | jq -r .status) = stopped ]"
	assert_eq "$($R state c | jq .pid)" 0
}

@test "list: a table, JSON, ids" {
	assert_eq "$($R list)" 'ID          PID         STATUS      BUNDLE      CREATED     OWNER'
	assert_eq "$($R list -f json)" null
	create first
	create a-second-longer-name
	assert_eq "$($R list -q | tr '\n' ' ')" 'a-second-longer-name first '
	assert_eq "$($R list --format json | jq -r '.[] | .id + " " + .status + " " + .owner')" \
		$'a-second-longer-name created root\nfirst created root'
	run -0 $R list
	[[ ${lines[0]} =~ ^'ID                     PID         STATUS      BUNDLE' ]]
	[[ ${lines[2]} =~ ^'first                  '[0-9]+' '+'created     '$B'   20'[0-9T:.-]+'Z   root'$ ]]
	fails_with 1 "--format 'xml' is not table or json" $R list -f xml
}

@test "list goes on after a record that cannot be read" {
	create good
	mkdir "$S/bad"
	echo '{' >"$S/bad/state.json"
	run -0 --separate-stderr $R list -q
	assert_eq "$output" good
	[[ $stderr == *"container 'bad'"* ]]
	$R delete -f bad
	[ ! -e "$S/bad" ]
}

@test "what was never started is deleted without force, what runs is not" {
	create c
	local pid
	pid=$($R state c | jq .pid)
	$R delete c
	wait_until bash -c "! kill -0 $pid 2>/dev/null"
	program 'sleep 1000'
	create c
	$R start c
	fails_with 1 "cannot delete container 'c' that is not stopped" $R delete c
	fails_with 1 "container does not exist: 'other'" $R delete other
	$R delete -f other
}

@test "run --keep leaves the stopped container, run -d returns while it runs" {
	program 'exit 4'
	run -4 $R run --keep -b "$B" c
	assert_eq "$($R state c | jq -r .status)" stopped
	$R delete c
	program 'sleep 1000'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$($R state c | jq -r .status)" running
}

@test "without --bundle the working directory is the bundle, and no config.json is one sentence" {
	program 'echo here'
	assert_eq "$(cd "$B" && $R run c)" here
	fails_with 1 "bundle '$BATS_TEST_TMPDIR'.*config.json.*No such file" $R run -b "$BATS_TEST_TMPDIR" c
}

@test "--pidfd-socket receives a pidfd of the first process" {
	receive_fd "$BATS_TEST_TMPDIR/sock" name
	create --pidfd-socket "$BATS_TEST_TMPDIR/sock" c
	wait $!
	[[ $(cat "$BATS_TEST_TMPDIR/sock.out") =~ pidfd.*\ $($R state c | jq .pid)$ ]]
	$R delete c
	fails_with 1 "connect to console socket '/no/such'" $R create -b "$B" --pidfd-socket /no/such c
	[ ! -e "$S/c" ]
}

@test "run.oci.pidfd_receiver: a pidfd for whom the configuration names" {
	config_edit "$B" '.annotations["run.oci.pidfd_receiver"] = $ARGS.positional[0]' "$BATS_TEST_TMPDIR/sock"
	fails_with 1 "annotations.run.oci.pidfd_receiver: connect to console socket '$BATS_TEST_TMPDIR/sock'" $R create -b "$B" c
	[ ! -e "$S/c" ]
	receive_fd "$BATS_TEST_TMPDIR/sock" name
	create c
	wait $!
	[[ $(cat "$BATS_TEST_TMPDIR/sock.out") =~ pidfd.*\ $($R state c | jq .pid)$ ]]
}

@test "--preserve-fds wants what it is promised" {
	fails_with 1 '--preserve-fds: descriptor 9 was not passed' bash -c "$R run -b '$B' --preserve-fds 7 c 3</etc/passwd 4<&3 5<&3 6<&3 7<&3 8<&3"
	[ ! -e "$S/c" ]
}

@test "sockets from systemd go on to the program, before the preserved descriptors" {
	program 'echo $LISTEN_FDS $LISTEN_PID; cat <&4'
	echo preserved >"$BATS_TEST_TMPDIR/file"
	assert_eq "$(bash -c 'LISTEN_FDS=1 LISTEN_PID=$BASHPID exec "$@" 3</dev/null 4<'"$BATS_TEST_TMPDIR/file" - $R run -b "$B" --preserve-fds 1 c)" \
		$'1 1\npreserved'
	assert_eq "$(LISTEN_FDS=1 LISTEN_PID=1 $R run -b "$B" --preserve-fds 2 c 3</dev/null 4<"$BATS_TEST_TMPDIR/file")" $'\npreserved'
}

@test "a console socket and process.terminal go together" {
	fails_with 1 "connect to console socket '/no/such'" $R create -b "$B" --console-socket /no/such c
	config_edit "$B" '.process.terminal = true'
	fails_with 1 'process.terminal needs a console socket' $R create -b "$B" c
	fails_with 1 'a detached process with a terminal needs --console-socket' $R run -d -b "$B" c
	[ -z "$(ls "$S")" ]
}

@test "spec writes runc's document, byte for byte, and runs as it is" {
	local wanted=$BATS_TEST_DIRNAME/../spec/runc-spec.json # by runc 1.5.2, on cgroup v1
	mkdir "$BATS_TEST_TMPDIR/new"
	(cd "$BATS_TEST_TMPDIR/new" && lighter-runtime spec)
	if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
		diff <(jq '.linux.namespaces += [{type: "cgroup"}]' "$wanted") <(jq . "$BATS_TEST_TMPDIR/new/config.json")
	else
		cmp "$wanted" "$BATS_TEST_TMPDIR/new/config.json"
	fi
	fails_with 1 "file config.json exists in '$BATS_TEST_TMPDIR/new': remove it first" lighter-runtime spec -b "$BATS_TEST_TMPDIR/new"
	cp "$BATS_TEST_TMPDIR/new/config.json" "$B/config.json"
	config_edit "$B" '.process.terminal = false | .process.args = ["hostname"]'
	assert_eq "$($R run -b "$B" c </dev/null)" runc
}

@test "spec --rootless maps the caller alone and needs no privilege" {
	mkdir -m 777 "$BATS_TEST_TMPDIR/new"
	chmod a+x "$LIGHTER_CAPSULE" "$LIGHTER_CAPSULE/tmp" "${BATS_TEST_TMPDIR%/*/*}" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	setpriv --reuid 1234 --regid 5678 --clear-groups "$BUILD/src/programs/lighter-runtime" spec --rootless -b "$BATS_TEST_TMPDIR/new"
	diff <(jq '.linux |= {uidMappings: [{containerID: 0, hostID: 1234, size: 1}], gidMappings: [{containerID: 0, hostID: 5678, size: 1}],
			namespaces: ([.namespaces[] | select(.type != "network")] + [{type: "user"}]), maskedPaths, readonlyPaths} |
		.mounts[2].options -= ["gid=5"] |
		.mounts[5] = {destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}' \
		"$BATS_TEST_DIRNAME/../spec/runc-spec.json") \
		<(jq '.linux.namespaces -= [{type: "cgroup"}]' "$BATS_TEST_TMPDIR/new/config.json")
}

@test "features has the form of the specification and says nothing that a configuration may not have" {
	lighter-runtime features >"$BATS_TEST_TMPDIR/f"
	assert_eq "$(jq -c '[.ociVersionMin, .ociVersionMax, .hooks]' "$BATS_TEST_TMPDIR/f")" \
		'["1.0.0","1.3.0",["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]]'
	assert_eq "$(jq -c '[keys_unsorted[]], [.linux | keys_unsorted[]]' "$BATS_TEST_TMPDIR/f" | tr '\n' ' ')" \
		'["ociVersionMin","ociVersionMax","hooks","mountOptions","linux","annotations","potentiallyUnsafeConfigAnnotations"] ["namespaces","capabilities","cgroup","seccomp","apparmor","selinux","intelRdt","memoryPolicy","mountExtensions","netDevices"] '
	# every word of the lists, in one configuration that runs
	config_edit "$B" ".process.args = [\"true\"] | .process.capabilities.bounding = $(jq -c .linux.capabilities "$BATS_TEST_TMPDIR/f") |
		.ociVersion = \"1.3.0\" | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", architectures: $(jq -c .linux.seccomp.archs "$BATS_TEST_TMPDIR/f"),
			flags: $(jq -c .linux.seccomp.supportedFlags "$BATS_TEST_TMPDIR/f"),
			syscalls: ([$(jq -c .linux.seccomp.operators "$BATS_TEST_TMPDIR/f")[] | {names: [\"sync\"], action: \"SCMP_ACT_ALLOW\", args: [{index: 0, value: 1, op: .}]}] +
				[$(jq -c '.linux.seccomp.actions - ["SCMP_ACT_NOTIFY"]' "$BATS_TEST_TMPDIR/f")[] | {names: [\"vhangup\"], action: ., args: [{index: 1, value: 1, op: \"SCMP_CMP_EQ\"}]}])}"
	$R run -b "$B" c </dev/null
	# a namespace that is not listed is refused, one that is listed is not
	local type listed
	listed=$(jq -r '.linux.namespaces[]' "$BATS_TEST_TMPDIR/f")
	for type in pid network mount ipc uts cgroup time; do
		bundle_new "$B"
		config_edit "$B" ".process.args = [\"true\"] | .linux.namespaces = [{type: \"mount\"}, {type: \"$type\"}] |
			.linux.namespaces |= unique | del(.hostname) | .mounts = []| del(.linux.maskedPaths, .linux.readonlyPaths)"
		if grep -qx "$type" <<<"$listed"; then
			$R run -b "$B" c </dev/null
		else
			fails_with 1 "$type namespace is not supported" $R run -b "$B" c </dev/null
		fi
	done
}

@test "--pid-file, --no-pivot, --no-subreaper, --no-new-keyring of create and run" {
	local trace=$BATS_TEST_TMPDIR/trace verb
	export ASAN_OPTIONS=detect_leaks=0 # not under strace
	program 'ls /; [ -z "$(ls /proc/1/root/rootfs 2>/dev/null)" ]'
	for verb in create run; do
		rm -f "$BATS_TEST_TMPDIR/pid"
		strace -f -e trace=pivot_root,prctl,keyctl -o "$trace" $R $verb -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" --no-pivot \
			--no-subreaper --no-new-keyring c </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 &
		wait_until grep -qsE '^[0-9]+$' "$BATS_TEST_TMPDIR/pid"
		[ $verb = run ] || { wait_until test -S "$S/c/start.sock" && $R delete c; }
		wait $!
		! grep -qE 'pivot_root|PR_SET_CHILD_SUBREAPER|KEYCTL_JOIN_SESSION_KEYRING' "$trace"
	done
	assert_eq "$(xargs <"$BATS_TEST_TMPDIR/out")" 'bin dev etc proc root sys tmp usr var'
	strace -f -e trace=pivot_root,keyctl -o "$trace" $R run -b "$B" c </dev/null >/dev/null
	grep -q 'pivot_root.* = 0' "$trace"
	grep -q KEYCTL_JOIN_SESSION_KEYRING "$trace"
}

@test "exec -d returns while the process runs, and --pid-file says which it is" {
	program 'sleep 1000'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	$R exec -d --pid-file "$BATS_TEST_TMPDIR/pid" c sleep 2000 </dev/null >/dev/null 2>&1
	wait_until grep -q 2000 "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cmdline"
}

@test "exec --preserve-fds, --cap, --no-new-privs" {
	config_edit "$B" '.process.noNewPrivileges = false'
	program 'sleep 1000'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	echo kept >"$BATS_TEST_TMPDIR/file"
	assert_eq "$($R exec --preserve-fds 1 c sh -c 'cat <&3' 3<"$BATS_TEST_TMPDIR/file")" kept
	assert_eq "$($R exec c grep -E '^(CapEff|NoNewPrivs)' /proc/self/status | cut -f2 | xargs)" '0000000000000020 0'
	assert_eq "$($R exec --cap CAP_SYS_TIME --no-new-privs c grep -E '^(CapEff|NoNewPrivs)' /proc/self/status | cut -f2 | xargs)" \
		'0000000002000020 1'
}

@test "exec -t gives a terminal: ours, or one on a console socket" {
	program 'sleep 1000'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$($R exec -t c sh -c '[ -t 0 ] && [ -t 1 ] && tty' </dev/null | tr -d '\r')" /dev/pts/0
	receive_fd "$BATS_TEST_TMPDIR/sock" name
	$R exec -t -d --console-socket "$BATS_TEST_TMPDIR/sock" c sleep 1000 </dev/null
	wait $!
	[[ $(cat "$BATS_TEST_TMPDIR/sock.out") == *ptmx* ]]
	fails_with 255 'needs --console-socket' $R exec -t -d c true
}
