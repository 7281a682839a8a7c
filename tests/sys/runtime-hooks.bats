# SPDX-License-Identifier: Apache-2.0
# vm: long
# Hooks: when each runs, where, with which state, and what happens when one fails, hangs or shouts.

load ../lib/lighter
load ../lib/assert
bats_require_minimum_version 1.5.0

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	S=$BATS_TEST_TMPDIR/state
	W=$BATS_TEST_TMPDIR/seen # what hooks write: one file a hook
	mkdir -p "$B" "$W"
	bundle_new "$B"
	R="lighter-runtime --root $S"
	program 'exit 0'
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

# hook KIND SCRIPT [JQ]: appends a hook that runs SCRIPT by the host's shell; JQ changes its entry.
hook() {
	config_edit "$B" ".hooks.$1 += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", $(jq -Rs . <<<"$2")]} | ${3:-.}]"
}

create() {
	$R create -b "$B" "$@" </dev/null >/dev/null 2>&1
}

# Six hooks that write their state and a line of their order.
all_hooks() {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook $kind "cat >$W/$kind; echo $kind >>$W/order; readlink /proc/self/ns/mnt >$W/$kind.ns; pwd >$W/$kind.cwd"
	done
	# inside, only the container's own files can be written
	hook startContainer 'cat >/seen; echo startContainer >>/order; readlink /proc/self/ns/mnt >/seen.ns'
}

@test "six kinds run in their order, each with its status" {
	all_hooks
	config_edit "$B" '.annotations = {"org.example": "yes"}'
	program 'cat /order; sleep 1000'
	create c
	assert_eq "$(tr '\n' ' ' <"$W/order")" 'prestart createRuntime createContainer '
	[ ! -e "$B/rootfs/seen" ]
	$R start c
	assert_eq "$(cat "$B/rootfs/order")" startContainer
	assert_eq "$(tail -1 "$W/order")" poststart
	assert_eq "$(jq -r .pid "$W/poststart")" "$($R state c | jq .pid)"
	$R kill c KILL
	wait_until bash -c "[ \$($R state c | jq -r .status) = stopped ]"
	[ ! -e "$W/poststop" ]
	$R delete c
	assert_eq "$(tail -1 "$W/order")" poststop
	assert_eq "$(jq -r .status "$W"/{prestart,createRuntime,createContainer} "$B/rootfs/seen" "$W"/{poststart,poststop} | tr '\n' ' ')" \
		'created creating creating created running stopped '
	assert_eq "$(jq -c '[.ociVersion, .id, .bundle, .annotations]' "$W"/{prestart,createRuntime,createContainer,poststart,poststop} \
		"$B/rootfs/seen" | sort -u)" "[\"1.1.0\",\"c\",\"$B\",{\"org.example\":\"yes\"}]"
	assert_eq "$(jq .pid "$W/poststop")" null
}

@test "hooks run in their namespaces, with the pid that is seen there" {
	all_hooks
	program 'sleep 1000'
	create c
	$R start c
	local pid ours inside
	pid=$($R state c | jq .pid)
	ours=$(readlink /proc/self/ns/mnt)
	inside=$(readlink "/proc/$pid/ns/mnt")
	assert_eq "$(cat "$W"/{prestart,createRuntime,poststart}.ns | sort -u)" "$ours"
	assert_eq "$(cat "$W/createContainer.ns" "$B/rootfs/seen.ns" | sort -u)" "$inside"
	assert_eq "$(jq .pid "$W"/{prestart,createRuntime,poststart} | sort -u)" "$pid"
	assert_eq "$(jq .pid "$W/createContainer" "$B/rootfs/seen" | sort -u)" 1
	assert_eq "$(cat "$W"/{prestart,createRuntime,poststart}.cwd | sort -u)" "$B"
	assert_eq "$(cat "$W/createContainer.cwd")" "$B/rootfs"
}

@test "createRuntime finds the namespaces made and the mounts done, and may add to them" {
	hook createRuntime 'pid=$(sed "s/.*\"pid\":\([0-9]*\).*/\1/"); nsenter -t "$pid" -n ip link add hooked type veth peer name other
		nsenter -t "$pid" -m mount --bind /etc/hostname '"$B"'/rootfs/etc/from-hook'
	touch "$B/rootfs/etc/from-hook"
	program 'ls /sys/class/net | tr "\n" " "; [ -s /etc/from-hook ] && echo mounted'
	assert_eq "$($R run -b "$B" c)" 'hooked lo other mounted'
	[ ! -s "$B/rootfs/etc/from-hook" ]
}

@test "createContainer mounts below the root of the bundle, and the program sees it" {
	mkdir "$B/rootfs/extra"
	hook createContainer "mount -t tmpfs hook $B/rootfs/extra && echo made >$B/rootfs/extra/file"
	program 'cat /extra/file; grep -c " /extra " /proc/self/mountinfo'
	assert_eq "$($R run -b "$B" c)" $'made\n1'
	[ -z "$(ls "$B/rootfs/extra")" ]
	! grep -q "$B/rootfs" /proc/self/mountinfo
}

@test "a startContainer hook has the program's rights, user and environment" {
	chmod 777 "$B/rootfs"
	config_edit "$B" '.process.user = {uid: 7, gid: 8} | .process.env += ["FROM=process"]'
	hook startContainer 'grep -E "^(CapEff|CapBnd|NoNewPrivs|Uid)" /proc/self/status >/seen; echo $FROM >>/seen'
	hook startContainer 'echo $FROM >>/seen' '.env = ["FROM=hook", "PATH=/bin"]'
	program 'grep -E "^(CapEff|CapBnd|NoNewPrivs|Uid)" /proc/self/status; echo $FROM'
	assert_eq "$($R run -b "$B" c)" "$(head -5 "$B/rootfs/seen")"
	assert_eq "$(tail -2 "$B/rootfs/seen")" $'process\nhook'
}

@test "args, env and the default of both" {
	cat >"$BATS_TEST_TMPDIR/tell" <<-END
		#!/bin/sh
		cat >/dev/null
		echo "\$0 \$*" >>$W/args
		echo "\${A-unset} \${OUTER-unset}" >>$W/env
	END
	chmod +x "$BATS_TEST_TMPDIR/tell"
	config_edit "$B" ".hooks.createRuntime = [{path: \"$BATS_TEST_TMPDIR/tell\"},
		{path: \"$BATS_TEST_TMPDIR/tell\", args: [\"tell\", \"one\", \"two words\"], env: [\"A=b\", \"PATH=/usr/bin:/bin\"]}]"
	OUTER=inherited $R run -b "$B" c
	assert_eq "$(cat "$W/args")" "$BATS_TEST_TMPDIR/tell "$'\n'"$BATS_TEST_TMPDIR/tell one two words"
	assert_eq "$(cat "$W/env")" $'unset inherited\nb unset'
}

@test "a hook gets no descriptor of ours" {
	hook createRuntime "ls /proc/self/fd >$W/fds"
	hook createContainer "ls /proc/self/fd >$W/fds-inside"
	$R run -b "$B" c
	assert_eq "$(tr '\n' ' ' <"$W/fds")" '0 1 2 3 ' # 3 is the directory that ls reads
	assert_eq "$(tr '\n' ' ' <"$W/fds-inside")" '0 1 2 3 '
}

@test "a hook that fails stops the creation, undoes it, and poststop hooks run" {
	local kind
	for kind in prestart createRuntime createContainer; do
		config_edit "$B" 'del(.hooks)'
		hook $kind 'echo "first line"; exit 0'
		hook $kind 'echo "what went wrong" >&2; exit 3'
		hook $kind "touch $W/third"
		hook poststop "cat >$W/$kind.poststop; grep -c c $S/list >$W/$kind.left 2>/dev/null; ls $S >$W/$kind.left"
		fails_with 1 "hooks.$kind\[1\]: '/bin/sh' ended with 3: what went wrong$" $R create -b "$B" c
		[ ! -e "$W/third" ]
		[ -z "$(ls "$S")" ]
		assert_eq "$(jq -r .status "$W/$kind.poststop")" stopped
		assert_eq "$(cat "$W/$kind.left")" ''
	done
	[ -z "$(find /sys/fs/cgroup -type d -path '*lighter-runtime/c')" ]
}

@test "a startContainer hook that fails ends the container before its program" {
	program 'touch /ran'
	hook startContainer 'echo no >&2; exit 1'
	hook poststop "touch $W/poststop"
	create c
	fails_with 1 "hooks.startContainer\[0\]: '/bin/sh' ended with 1: no" $R start c
	[ ! -e "$B/rootfs/ran" ]
	wait_until bash -c "[ \$($R state c | jq -r .status) = stopped ]"
	$R delete c
	[ -e "$W/poststop" ]
}

@test "a poststart hook that fails ends the container" {
	program 'sleep 1000'
	hook poststart 'exit 1'
	create c
	fails_with 1 "hooks.poststart\[0\]: '/bin/sh' ended with 1" $R start c
	wait_until bash -c "[ \$($R state c | jq -r .status) = stopped ]"
	$R delete c
	fails_with 1 "hooks.poststart\[0\]" $R run -b "$B" c
	[ -z "$(ls "$S")" ]
}

@test "a poststop hook that fails is a warning, and the next one runs" {
	hook poststop 'echo sorry >&2; exit 1'
	hook poststop "touch $W/second"
	run -0 --separate-stderr $R run -b "$B" c
	[[ $stderr == *"warn: hooks.poststop[0]: '/bin/sh' ended with 1: sorry, ignoring"* ]]
	[ -e "$W/second" ]
	[ -z "$(ls "$S")" ]
}

@test "a hook that hangs is killed at its timeout, one that is quick is not" {
	hook createRuntime 'sleep 0.2' '.timeout = 20'
	hook createRuntime 'sleep 1000' '.timeout = 1'
	local start=$EPOCHSECONDS
	fails_with 1 "hooks.createRuntime\[1\]: '/bin/sh' ran past its timeout of 1 s" $R create -b "$B" c
	[ $((EPOCHSECONDS - start)) -lt 20 ]
}

@test "a hook that leaves a process behind with its output does not hold us" {
	hook createRuntime 'sleep 1000 & echo $! >'"$W/pid"
	timeout 20 $R run -b "$B" c
	kill "$(cat "$W/pid")"
}

@test "a hook that shouts is cut, a hook that does not read is no error" {
	config_edit "$B" '.annotations = {big: ("x" * 200000)}'
	hook createRuntime 'head -c 5000000 /dev/zero | tr "\0" "y"; exit 1'
	run -1 $R create -b "$B" c
	[ "${#output}" -lt 1100 ]
	config_edit "$B" 'del(.hooks)'
	hook createRuntime 'exit 0'
	$R run -b "$B" c
}

@test "run.oci.hooks.stdout and stderr: what hooks say is appended to files of the host" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook $kind "echo out $kind; echo err $kind >&2"
	done
	echo before >"$W/out"
	config_edit "$B" '.annotations = {"run.oci.hooks.stdout": ($ARGS.positional[0] + "/out"),
		"run.oci.hooks.stderr": ($ARGS.positional[0] + "/err")}' "$W"
	$R run -b "$B" c
	assert_eq "$(paste -sd, "$W/out")" \
		'before,out prestart,out createRuntime,out createContainer,out startContainer,out poststart,out poststop'
	assert_eq "$(paste -sd, "$W/err")" \
		'err prestart,err createRuntime,err createContainer,err startContainer,err poststart,err poststop'
	assert_eq "$(stat -c %a "$W/err")" 600
	# One of them alone: the other still explains a failure.
	hook createRuntime 'echo said; echo reason >&2; exit 3'
	config_edit "$B" 'del(.annotations["run.oci.hooks.stderr"])'
	fails_with 1 "hooks.createRuntime\[1\]: '/bin/sh' ended with 3: reason$" $R create -b "$B" c
	config_edit "$B" '.annotations["run.oci.hooks.stdout"] = "/no/such/file"'
	fails_with 1 "hook output: annotations.run.oci.hooks.stdout: '/no/such/file': No such file or directory" $R create -b "$B" c
	[ ! -e "$S/c" ]
}

@test "a hook that is not there, is relative or has no time is refused by its place" {
	config_edit "$B" '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	fails_with 1 "hooks.createRuntime\[0\]: start '/no/such/hook': No such file" $R create -b "$B" c
	config_edit "$B" '.hooks.createRuntime = [{path: "bin/true"}]'
	fails_with 1 "hooks.createRuntime\[0\].path 'bin/true' is not an absolute path" $R create -b "$B" c
	config_edit "$B" '.hooks = {poststop: [{path: "/bin/true", timeout: 0}]}'
	fails_with 1 "hooks.poststop\[0\].timeout: 0 is not a number of seconds above zero" $R create -b "$B" c
	[ -z "$(ls "$S")" ]
}

@test "the configuration at create counts: a bundle that changes later changes no hook and no exec" {
	hook poststop "touch $W/poststop"
	program 'sleep 1000'
	config_edit "$B" '.process.env += ["WHEN=create"]'
	create c
	$R start c
	config_edit "$B" 'del(.hooks) | .process.env += ["WHEN=later"] | .linux.namespaces = []'
	assert_eq "$($R exec c sh -c 'echo $WHEN')" create
	rm -r "$B/config.json"
	$R delete -f c
	[ -e "$W/poststop" ]
}

@test "hooks with a user namespace: inside as its root" {
	local path=$B
	while [ "$path" != "${LIGHTER_CAPSULE%/*}" ]; do # root of the namespace must reach the root
		chmod a+x "$path"
		path=${path%/*}
	done
	chmod 777 "$W"
	config_edit "$B" '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	hook createRuntime "id -u >$W/outside"
	hook createContainer "id -u >$W/inside; stat -c %u $W/inside >>$W/inside"
	program 'true'
	$R run -b "$B" c
	assert_eq "$(cat "$W/outside")" 0
	assert_eq "$(cat "$W/inside")" $'0\n0'
	assert_eq "$(stat -c %u "$W/inside")" 100000
}
