# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime exec: each option, seen from the process.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
bats_require_minimum_version 1.5.0

setup() { runtime_setup; }
teardown() { runtime_teardown; }

process() { # FILTER SCRIPT: a process.json from the bundle's
	jq ".process | .args = [\"sh\", \"-c\", \$script] | $1" --arg script "$2" "$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
}

@test "-p: everything is the file's, and what it leaves open the container's" {
	config_edit "$B" '.process.env += ["OF=container"] | .process.user.additionalGids = [9]'
	sleeps
	process '.env = ["PATH=/bin","OF=file"] | .cwd = "/tmp" | .user = {"uid":3,"gid":4} | del(.capabilities)' \
		'echo $OF $PWD; id -u; id -G; grep CapBnd /proc/self/status | tr -s "\t" " "'
	assert_eq "$($R exec -p "$BATS_TEST_TMPDIR/p.json" c)" "$(printf '%s\n' 'file /tmp' 3 4 'CapBnd: 0000000000000020')"
	assert_eq "$($R exec --process="$BATS_TEST_TMPDIR/p.json" c | head -1)" 'file /tmp'
}

@test "-p: a file that is not there, is no JSON or says nonsense is one sentence with its place" {
	sleeps
	fails_with 255 "read process file '/no/such': No such file" $R exec -p /no/such c
	echo '{"args":' >"$BATS_TEST_TMPDIR/p.json"
	fails_with 255 'process file .*p.json.*JSON ends' $R exec -p "$BATS_TEST_TMPDIR/p.json" c
	process '.user.uid = "x"' true
	fails_with 255 "user.uid: '\"x\"' is a string" $R exec -p "$BATS_TEST_TMPDIR/p.json" c
	process '.cwd = "tmp"' true
	fails_with 255 "process.cwd 'tmp' is not an absolute path" $R exec -p "$BATS_TEST_TMPDIR/p.json" c
	process '.scheduler = {"policy":"X"}' true
	fails_with 255 "process.scheduler.policy: 'X' is not known" $R exec -p "$BATS_TEST_TMPDIR/p.json" c
	process '.args = []' true
	fails_with 255 'process.args must not be empty' $R exec -p "$BATS_TEST_TMPDIR/p.json" c
	fails_with 255 'a program is wanted' $R exec c
}

@test "--cwd, --env, --user, --additional-gids" {
	sleeps
	assert_eq "$($R exec --cwd /tmp --env A=1 -e B=2 -e A=3 --user 5:6 -g 7 --additional-gids 8 c sh -c \
		'echo $PWD $A $B; id -u; id -g; id -G')" "$(printf '%s\n' '/tmp 3 2' 5 6 '6 7 8')"
	assert_eq "$($R exec -u 5 c id -g)" 0
	fails_with 255 "process.env\[2\]: 'X' is not NAME=value" $R exec -e X c true
	fails_with 255 "cwd \(\"/no\"\).*No such file" $R exec --cwd /no c true
	local bad
	for bad in x 4294967295 4294967296 -1 5:x 5: 5:4294967295; do
		fails_with 255 "'$bad' is not UID" $R exec --user "$bad" c true
	done
	fails_with 255 "'-1' is not a gid" $R exec -g -1 c true
}

@test "--cap adds to the bounding, permitted and effective sets; what cannot be granted is a warning" {
	sleeps
	caps() { $R exec "$@" c grep -E 'Cap(Bnd|Prm|Eff|Inh|Amb)' /proc/self/status | cut -f2 | uniq | tr '\n' ' '; }
	assert_eq "$(caps --cap CAP_CHOWN -c CAP_FOWNER)" '0000000000000000 0000000000000029 0000000000000000 '
	run --separate-stderr $R exec --cap CAP_MOON c true
	grep -q 'ignoring unknown or unavailable capabilities: CAP_MOON' <<<"$stderr"
	$R delete -f c
	config_edit "$B" 'del(.process.capabilities)'
	sleeps
	assert_eq "$(caps)" '0000000000000000 '
	assert_eq "$(caps --cap CAP_CHOWN)" '0000000000000000 0000000000000001 0000000000000000 '
}

@test "--no-new-privs sets it, and =false takes the container's away" {
	local want
	new_privs() { $R exec "$@" c sed -n 's/NoNewPrivs:.//p' /proc/self/status; }
	sleeps
	assert_eq "$(new_privs) $(new_privs --no-new-privs=false)" '1 0'
	$R delete -f c
	config_edit "$B" '.process.noNewPrivileges = false'
	sleeps
	assert_eq "$(new_privs) $(new_privs --no-new-privs)" '0 1'
}

@test "-d returns while the program runs, --pid-file and --pidfd-socket tell who it is" {
	local pid
	sleeps
	receive_fd "$BATS_TEST_TMPDIR/sock" name
	$R exec -d --pid-file "$BATS_TEST_TMPDIR/pid" --pidfd-socket "$BATS_TEST_TMPDIR/sock" c sleep 777 </dev/null >/dev/null 2>&1
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	wait
	assert_eq "$(sed 's/.* //' "$BATS_TEST_TMPDIR/sock.out")" "$pid"
	assert_eq "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 777 '
	assert_eq "$(readlink "/proc/$pid/ns/mnt")" "$($R exec c readlink /proc/self/ns/mnt)"
}

@test "a process that nobody can be told of is ended again" {
	sleeps
	fails_with 255 "the directory of pid file '/no/such/pid'" $R exec -d --pid-file /no/such/pid c sleep 777
	fails_with 255 "console socket '/no/such'" $R exec -d --pidfd-socket /no/such c sleep 777
	assert_eq "$($R exec c sh -c 'ps | grep -c "[s]leep 777"; true')" 0
}

@test "-t gives a terminal of the size of ours; with -d it goes to the console socket" {
	sleeps
	python3 "$BATS_TEST_DIRNAME/../lib/on_terminal.py" -s 31x71 -- $R exec -t c sh -c 'tty >/dev/null && stty size' >"$BATS_TEST_TMPDIR/out"
	cat "$BATS_TEST_TMPDIR/out"
	grep -q '^31 71' "$BATS_TEST_TMPDIR/out"
	fails_with 255 'console-socket' $R exec -t -d c true
}

@test "--preserve-fds passes descriptors on, and wants what it is promised" {
	sleeps
	echo kept >"$BATS_TEST_TMPDIR/file"
	assert_eq "$($R exec --preserve-fds 1 c cat /proc/self/fd/3 3<"$BATS_TEST_TMPDIR/file")" kept
	fails_with 255 '--preserve-fds: descriptor 9 was not passed' bash -c "$R exec --preserve-fds 7 c true 3</dev/null 4<&3 5<&3 6<&3 7<&3 8<&3 9<&-"
	assert_eq "$($R exec c ls /proc/self/fd 3</dev/null | tr '\n' ' ')" '0 1 2 3 ' # 3 is the directory that ls reads
}

@test "--apparmor and --process-label are applied or refused, never dropped" {
	sleeps
	if ! grep -qsx Y /sys/module/apparmor/parameters/enabled; then
		fails_with 255 "--apparmor 'p': AppArmor is not active" $R exec --apparmor p c true
	fi
	if ! grep -qw selinuxfs /proc/filesystems; then
		fails_with 255 "process.selinuxLabel: 'l': SELinux is not active" $R exec --process-label l c true
	fi
	$R exec --apparmor '' --process-label '' c true
}

@test "the exit code is the program's, 128 and the signal, or 255 when it never ran" {
	sleeps
	run -7 $R exec c sh -c 'exit 7'
	run -137 $R exec c sh -c 'kill -9 $$'
	run -255 $R exec c /no/such
	run -255 $R exec none true
}

@test "pipes of ours are the user's, so that /dev/stdout can be opened; a file of ours stays" {
	sleeps
	assert_eq "$($R exec -u 5 c sh -c 'echo through >/dev/stdout' | cat)" through
	touch "$BATS_TEST_TMPDIR/out"
	$R exec -u 5 c true >"$BATS_TEST_TMPDIR/out"
	assert_eq "$(stat -c %u "$BATS_TEST_TMPDIR/out")" 0
}
