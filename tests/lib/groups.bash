# SPDX-License-Identifier: Apache-2.0
# A bundle run by lighter-runtime, and its groups as the kernel shows them, on v1, hybrid and v2.

# groups_setup: $bundle, $id, $group (its cgroupsPath by default), $unified (set on pure v2).
groups_setup() {
	bundle=$BATS_TEST_TMPDIR/bundle
	bundle_new "$bundle"
	id=c$BATS_TEST_NUMBER
	group=/lighter-runtime/$id
	unified=
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || unified=1
}

rt() { lighter-runtime --root "$BATS_TEST_TMPDIR/state" "$@"; }

# start PROGRAM...: the container runs it, detached; what it prints is in $BATS_TEST_TMPDIR/out.
start() {
	local words
	printf -v words '%s\036' "$@"
	WORDS=$words config_edit "$bundle" '.process.args = (env.WORDS | split("\u001e")[:-1])'
	rt run -d -b "$bundle" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out" >&2; return 1; }
}

# start_with FILTER: the same for `sleep 1000` after a change of config.json.
start_with() {
	config_edit "$bundle" "$1 | .process.args = [\"sleep\", \"1000\"]"
	rt run -d -b "$bundle" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out" >&2; return 1; }
}

# dir CONTROLLER: the group's directory in the hierarchy that has it.
dir() {
	find_dir "$1"
	echo "$REPLY"
}

find_dir() { # CONTROLLER: in $REPLY, without a process: the virtual machine is slow
	if [ -n "$unified" ]; then
		REPLY=/sys/fs/cgroup$group
	elif [ -d "/sys/fs/cgroup/$1" ]; then
		REPLY=/sys/fs/cgroup/$1$group
	else
		REPLY=/sys/fs/cgroup/unified$group
	fi
}

# limit CONTROLLER V1_FILE V2_FILE: what the file says, the first line.
limit() {
	find_limit "$@"
	echo "$REPLY"
}

find_limit() {
	find_dir "$1"
	[ -z "$unified" ] && REPLY+=/$2 || REPLY+=/$3
	read -r REPLY <"$REPLY" || [ -n "$REPLY" ]
}

# expect_limit CONTROLLER V1_FILE V1_VALUE V2_FILE V2_VALUE
expect_limit() {
	local want=$3
	[ -z "$unified" ] || want=$5
	find_limit "$1" "$2" "$4"
	assert_eq "$REPLY" "$want"
}

# Every directory of the group that there is.
dirs() { find /sys/fs/cgroup -path "*$group*" -type d; }

freeze() {
	if [ -n "$unified" ]; then echo 1 >"$(dir freezer)/cgroup.freeze"; else echo FROZEN >"$(dir freezer)/freezer.state"; fi
}

# refused FILTER TEXT: config.json so changed gives an error with TEXT, and nothing is left.
refused() {
	cp "$bundle/config.json" "$bundle/config.json.good"
	config_edit "$bundle" "$1"
	run rt run -b "$bundle" "$id"
	mv "$bundle/config.json.good" "$bundle/config.json"
	[ "$status" -ne 0 ]
	[[ "$output" == *"$2"* ]] || { echo "'$2' is not in: $output" >&2; return 1; }
	[ -z "$(dirs)" ]
}
