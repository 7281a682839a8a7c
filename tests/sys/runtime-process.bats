# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime: what config.json says of the process, of create and of exec, seen from inside.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
bats_require_minimum_version 1.5.0

setup() { runtime_setup; }
teardown() { runtime_teardown; }

# attributes: policy, realtime priority and nice value of the shell itself (proc(5): fields 41, 40, 19)
attributes='read -r line </proc/self/stat; set -- $line; echo policy ${41} priority ${40} nice ${19}'

# ---- capabilities ----

@test "capabilities that are not known or cannot be granted are ignored with one warning" {
	config_edit "$B" '.process.capabilities = {"bounding":["CAP_KILL","CAP_MOON"],"permitted":["CAP_KILL","CAP_SUN"],
		"effective":["CAP_KILL","CAP_CHOWN","CAP_MOON"],"ambient":["CAP_KILL"]}'
	program 'grep -E "Cap(Eff|Prm|Bnd|Amb)" /proc/self/status | tr -s "\t" " "'
	run --separate-stderr $R run -b "$B" c
	assert_eq "$output" "$(printf '%s\n' 'CapPrm: 0000000000000020' 'CapEff: 0000000000000020' 'CapBnd: 0000000000000020' \
		'CapAmb: 0000000000000000')"
	grep -q 'warn.*ignoring unknown or unavailable capabilities: CAP_MOON CAP_SUN CAP_CHOWN CAP_KILL' <<<"$stderr"
	assert_eq "$(wc -l <<<"$stderr")" 1
}

@test "capabilities are cut to the runtime's own bounding set, with a warning" {
	config_edit "$B" '.process.capabilities = {"bounding":["CAP_KILL","CAP_NET_RAW"],"permitted":["CAP_KILL","CAP_NET_RAW"],
		"effective":["CAP_KILL","CAP_NET_RAW"]}'
	program 'grep -E "Cap(Eff|Bnd)" /proc/self/status | tr -s "\t" " "'
	run --separate-stderr setpriv --bounding-set -net_raw $R run -b "$B" c
	assert_eq "$output" "$(printf '%s\n' 'CapEff: 0000000000000020' 'CapBnd: 0000000000000020')"
	grep -q 'ignoring unknown or unavailable capabilities: CAP_NET_RAW' <<<"$stderr"
}

@test "in a user namespace every capability can be granted, and exec gets them again" {
	bundle_in_userns
	config_edit "$B" '.process.capabilities = ({} | .bounding = ["CAP_SYS_RESOURCE","CAP_SYS_ADMIN"] | .permitted = .bounding |
		.effective = .bounding)'
	sleeps
	run --separate-stderr $R exec c sh -c 'grep -E "Cap(Eff|Bnd)" /proc/1/status /proc/self/status | tr -s "\t" " "'
	assert_eq "$output" "$(printf '%s\n' '/proc/1/status:CapEff: 0000000001200000' '/proc/1/status:CapBnd: 0000000001200000' \
		'/proc/self/status:CapEff: 0000000001200000' '/proc/self/status:CapBnd: 0000000001200000')"
	assert_eq "$stderr" ''
}

# ---- scheduler, I/O priority, affinity, personality, memory policy ----

# A kernel with real-time groups gives a group no real-time runtime unless it is asked to.
realtime_groups() { [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]; }

@test "the scheduler: every policy that the kernel has, with its parameters" {
	local scheduler wanted
	while IFS='|' read -r scheduler wanted; do
		config_edit "$B" ".process.scheduler = $scheduler"
		# Of policies that have no nice value the kernel keeps the caller's.
		assert_eq "$(says "$attributes")" "${wanted/CALLER/$(nice)}"
	done <<-'END'
		{"policy":"SCHED_OTHER","nice":5}|policy 0 priority 0 nice 5
		{"policy":"SCHED_BATCH","nice":-3}|policy 3 priority 0 nice -3
		{"policy":"SCHED_IDLE"}|policy 5 priority 0 nice CALLER
		{"policy":"SCHED_DEADLINE","runtime":1000000,"deadline":20000000,"period":30000000}|policy 6 priority 0 nice CALLER
	END
}

@test "the scheduler: real-time policies with their priority, and the kernel's refusal where groups have no such runtime" {
	config_edit "$B" '.process.scheduler = {"policy":"SCHED_FIFO","priority":7}'
	if realtime_groups; then
		program true
		fails_with 1 'process.scheduler: set SCHED_FIFO: Operation not permitted' $R run -b "$B" c
		return
	fi
	assert_eq "$(says "$attributes; sh -c '$attributes'")" "$(printf 'policy 1 priority 7 nice %d\n' "$(nice)" "$(nice)")"
	config_edit "$B" '.process.scheduler.policy = "SCHED_RR"'
	assert_eq "$(says "$attributes")" "policy 2 priority 7 nice $(nice)"
}

@test "the scheduler's flags: what is reset on fork" {
	config_edit "$B" '.process.scheduler = {"policy":"SCHED_BATCH","nice":-4,"flags":["SCHED_FLAG_RESET_ON_FORK"]}'
	assert_eq "$(says "$attributes; sh -c '$attributes'")" "$(printf 'policy 3 priority 0 nice -4\npolicy 3 priority 0 nice 0')"
	config_edit "$B" '.process.scheduler.flags = []'
	assert_eq "$(says "$attributes; sh -c '$attributes'")" "$(printf 'policy 3 priority 0 nice -4\npolicy 3 priority 0 nice -4')"
}

@test "the I/O priority of a class" {
	config_edit "$B" '.process.ioPriority = {"class":"IOPRIO_CLASS_BE","priority":6}'
	assert_eq "$(says 'ionice -p $$')" 'best-effort: prio 6'
	config_edit "$B" '.process.ioPriority = {"class":"IOPRIO_CLASS_RT","priority":2}'
	assert_eq "$(says 'ionice -p $$')" 'realtime: prio 2'
	config_edit "$B" '.process.ioPriority = {"class":"IOPRIO_CLASS_IDLE","priority":0}'
	says 'ionice -p $$' | grep -q '^idle'
}

@test "scheduler and I/O priority need the host's privilege and are set in a user namespace too, of exec as well" {
	bundle_in_userns
	config_edit "$B" '.process.scheduler = {"policy":"SCHED_BATCH","nice":-6} |
		.process.ioPriority = {"class":"IOPRIO_CLASS_RT","priority":3}'
	assert_eq "$(says "$attributes; ionice -p \$\$")" "$(printf 'policy 3 priority 0 nice -6\nrealtime: prio 3')"
	sleeps
	assert_eq "$($R exec c sh -c "$attributes; ionice -p \$\$")" "$(printf 'policy 3 priority 0 nice -6\nrealtime: prio 3')"
	jq '.process | .scheduler = {"policy":"SCHED_IDLE"} | .ioPriority.class = "IOPRIO_CLASS_BE" |
		.args = ["sh", "-c", $script]' --arg script "$attributes; ionice -p \$\$" "$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
	assert_eq "$($R exec -p "$BATS_TEST_TMPDIR/p.json" c)" "$(printf 'policy 5 priority 0 nice %d\nbest-effort: prio 3' "$(nice)")"
}

@test "execCPUAffinity: the final set is what exec runs on; without one, all that the machine has, whatever ours is" {
	local all last
	all=$(sed -n 's/Cpus_allowed_list:\t//p' /proc/self/status)
	last=${all##*[-,]}
	program 'sleep 1000'
	taskset -c "$last" $R run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$($R exec c sed -n 's/Cpus_allowed_list:.//p' /proc/1/status)" "$all"
	assert_eq "$(taskset -c "$last" $R exec c sed -n 's/Cpus_allowed_list:.//p' /proc/self/status)" "$all"
	jq '.process | .args = ["sed", "-n", "s/Cpus_allowed_list:.//p", "/proc/self/status"] |
		.execCPUAffinity = {"initial":"0","final":$last}' --arg last "$last" "$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
	assert_eq "$($R exec -p "$BATS_TEST_TMPDIR/p.json" c)" "$last"
}

@test "execCPUAffinity: the initial set is what the clone has, and the runtime has its own again" {
	sleeps
	jq '.process | .args = ["true"] | .execCPUAffinity = {"initial":"0","final":"0"}' "$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
	ASAN_OPTIONS=detect_leaks=0 strace -o "$BATS_TEST_TMPDIR/trace" -e trace=sched_setaffinity,clone3 $R exec -p "$BATS_TEST_TMPDIR/p.json" c
	assert_eq "$(sed -nE 's/^(sched_setaffinity|clone3)\(.*/\1/p' "$BATS_TEST_TMPDIR/trace" | tr '\n' ' ')" \
		'sched_setaffinity clone3 sched_setaffinity '
	grep -m1 sched_setaffinity "$BATS_TEST_TMPDIR/trace" | grep -qF '[0]'
}

@test "execCPUAffinity is not the container's first process's" {
	config_edit "$B" '.process.execCPUAffinity = {"initial":"0","final":"0"}'
	assert_eq "$(says 'sed -n "s/Cpus_allowed_list:.//p" /proc/self/status')" \
		"$(sed -n 's/Cpus_allowed_list:\t//p' /proc/self/status)"
	sleeps
	assert_eq "$($R exec c sed -n 's/Cpus_allowed_list:.//p' /proc/self/status)" 0
}

@test "the personality: a program sees the machine of the domain, exec too" {
	config_edit "$B" '.linux.personality = {"domain":"LINUX32"}'
	assert_eq "$(says 'uname -m')" i686
	config_edit "$B" '.linux.personality = {"domain":"LINUX"}'
	assert_eq "$(linux32 $R run -b "$B" c </dev/null)" "$(uname -m)"
	config_edit "$B" '.linux.personality = {"domain":"LINUX32"}'
	sleeps
	assert_eq "$($R exec c uname -m)" i686
}

@test "the memory policy: the program's pages follow it, exec's too" {
	policy() { awk '$2 ~ /^(bind|interleave|local|prefer)/ { print $2; exit }'; }
	config_edit "$B" '.linux.memoryPolicy = {"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]}'
	assert_eq "$(says 'cat /proc/self/numa_maps' | policy)" 'bind=static:0'
	config_edit "$B" '.linux.memoryPolicy = {"mode":"MPOL_LOCAL"}'
	assert_eq "$(says 'cat /proc/self/numa_maps' | policy)" local
	config_edit "$B" '.linux.memoryPolicy = {"mode":"MPOL_INTERLEAVE","nodes":"0"}'
	sleeps
	assert_eq "$($R exec c cat /proc/self/numa_maps | policy)" interleave:0
}

# ---- environment, working directory, keyring ----

@test "the environment: the last value of a name, and HOME of the user where it is unset or empty" {
	printf 'u:x:5:5::/home/of/u:/bin/sh\n' >>"$B/rootfs/etc/passwd"
	config_edit "$B" '.process.env = ["PATH=/bin","A=1","B=2","A=3","HOME="] | .process.user.uid = 5'
	assert_eq "$(says 'env | grep -v PWD | grep -v SHLVL | sort')" "$(printf '%s\n' A=3 B=2 HOME=/home/of/u PATH=/bin)"
	config_edit "$B" '.process.env = ["PATH=/bin"] | .process.user.uid = 6'
	assert_eq "$(says 'echo $HOME')" /
	config_edit "$B" '.process.env += ["HOME=/set"]'
	assert_eq "$(says 'echo $HOME')" /set
}

@test "a passwd file that is a link to the outside, a FIFO or missing says nothing of HOME" {
	rm "$B/rootfs/etc/passwd"
	assert_eq "$(says 'echo $HOME')" /
	mkfifo "$B/rootfs/etc/passwd"
	assert_eq "$(timeout 20 $R run -b "$B" c </dev/null)" /
	rm "$B/rootfs/etc/passwd"
	mkdir -p "$BATS_TEST_TMPDIR/out"
	echo root:x:0:0::/outside:/bin/sh >"$BATS_TEST_TMPDIR/out/passwd"
	ln -s "$BATS_TEST_TMPDIR/out/passwd" "$B/rootfs/etc/passwd"
	assert_eq "$(says 'echo $HOME')" /
}

@test "a working directory that only the user may enter is entered as the user" {
	bundle_in_userns
	mkdir "$B/rootfs/only"
	chown 99999:100007 "$B/rootfs/only" # not mapped: root inside has no power over it
	chmod 710 "$B/rootfs/only"
	config_edit "$B" '.process.cwd = "/only" | .process.user = {"uid":5,"gid":7}'
	assert_eq "$(says 'pwd')" /only
	config_edit "$B" '.process.user.gid = 8'
	fails_with 1 'chdir to cwd \("/only"\).*Permission denied' $R run -b "$B" c
}

# Keys are the user's, of every container: a name of our own.
keyring_id() { echo "keys-$BASHPID-$RANDOM"; }

@test "exec shares the container's session keyring, and has none of ours" {
	local id one two
	id=$(keyring_id)
	config_edit "$B" 'del(.linux.maskedPaths)'
	program 'sleep 1000'
	$R run -d -b "$B" "$id" </dev/null >/dev/null 2>&1
	one=$($R exec "$id" grep -F "_ses.$id:" /proc/keys | cut -d' ' -f1)
	two=$($R exec "$id" grep -F "_ses.$id:" /proc/keys | cut -d' ' -f1)
	assert_eq "$(wc -w <<<"$one")" 1
	assert_eq "$one" "$two"
}

@test "with --no-new-keyring neither the container nor its exec makes one" {
	local id
	id=$(keyring_id)
	config_edit "$B" 'del(.linux.maskedPaths)'
	program 'sleep 1000'
	$R run --no-new-keyring -d -b "$B" "$id" </dev/null >/dev/null 2>&1
	assert_eq "$($R exec "$id" sh -c "grep -c _ses.$id: /proc/keys; true")" 0
}

# ---- exec is a second creation ----

@test "exec sets every attribute again: limits, umask, oom score, no_new_privs, groups, signals, session" {
	config_edit "$B" '.process.user = {"uid":5,"gid":6,"umask":23,"additionalGids":[8,9]} | .process.oomScoreAdj = 77 |
		.process.rlimits += [{"type":"RLIMIT_CORE","hard":4096,"soft":1024}]'
	sleeps
	local inside
	inside=$(bash -c "trap '' INT QUIT USR1; ulimit -Sn 512; umask 0; exec $R exec c sh -c '
		umask; id -u; id -g; id -G; ulimit -Sn; ulimit -Hn; ulimit -Sc; cat /proc/self/oom_score_adj
		grep -E \"^(NoNewPrivs|SigIgn|SigBlk):\" /proc/self/status | tr -s \"\t\" \" \"'" </dev/null)
	assert_eq "$inside" "$(printf '%s\n' 0027 5 6 '6 8 9' 1024 1024 2 77 'SigBlk: 0000000000000000' \
		'SigIgn: 0000000000000000' 'NoNewPrivs: 1')"
}

@test "run.oci.keep_original_groups: the caller's groups are the program's, of create and of exec" {
	local groups="sed -n s/^Groups:.//p /proc/self/status"
	config_edit "$B" '.process.user.additionalGids = [8] | .annotations["run.oci.keep_original_groups"] = "1"'
	program "$groups"
	assert_eq "$(setpriv --groups 1234,77 $R run -b "$B" c | xargs)" '77 1234'
	program 'sleep 1000'
	setpriv --groups 1234,77 $R run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$(setpriv --groups 88 $R exec c $groups | xargs)" 88
	$R delete -f c
	config_edit "$B" '.annotations["run.oci.keep_original_groups"] = "0"'
	program "$groups"
	assert_eq "$(setpriv --groups 1234,77 $R run -b "$B" c | xargs)" 8
	# In a user namespace they have no number, and count all the same.
	bundle_in_userns
	echo secret >"$B/secret"
	chown 0:1234 "$B/secret"
	chmod 640 "$B/secret"
	config_edit "$B" '.mounts += [{destination: "/secret", source: ($ARGS.positional[0] + "/secret"), options: ["bind"]}] |
		del(.process.user.additionalGids) | .annotations["run.oci.keep_original_groups"] = "1"' "$B"
	program 'cat /secret'
	assert_eq "$(setpriv --groups 1234 $R run -b "$B" c)" secret
	config_edit "$B" 'del(.annotations)'
	run -1 setpriv --groups 1234 $R run -b "$B" c
}

@test "what may not be raised without CAP_SYS_RESOURCE stays as it is, with a warning, of create and of exec" {
	local score show='cat /proc/self/oom_score_adj; ulimit -Hn; ulimit -Sn'
	config_edit "$B" '.process.oomScoreAdj = -900 | .process.rlimits = [{"type":"RLIMIT_NOFILE","hard":900,"soft":800}]'
	less() { bash -c 'ulimit -n 300; exec setpriv --bounding-set -sys_resource "$@"' bash "$@"; }
	score=$(cat /proc/self/oom_score_adj)
	program "$show"
	run -0 --separate-stderr less $R run -b "$B" c
	assert_eq "$output" "$score"$'\n300\n300'
	grep -q 'RLIMIT_NOFILE: raising the hard limit is not permitted here, kept' <<<"$stderr"
	grep -q 'oom_score_adj -900: lowering it is not permitted here, kept' <<<"$stderr"
	program 'sleep 1000'
	less $R run -d -b "$B" c </dev/null >/dev/null 2>&1
	run -0 --separate-stderr less $R exec c sh -c "$show"
	assert_eq "$output" "$score"$'\n300\n300'
}

@test "a process of exec says for itself what differs from the container's" {
	config_edit "$B" '.process.oomScoreAdj = 77 | .process.user.umask = 23'
	sleeps
	jq '.process | .oomScoreAdj = 99 | .user.umask = 7 | .noNewPrivileges = false | .capabilities.bounding = ["CAP_CHOWN"] |
		.rlimits = [{"type":"RLIMIT_NOFILE","soft":99,"hard":100}] |
		.args = ["sh", "-c", "umask; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj;
			grep -E \"^(NoNewPrivs|CapBnd):\" /proc/self/status | tr -s \"\\t\" \" \""]' "$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
	assert_eq "$($R exec -p "$BATS_TEST_TMPDIR/p.json" c)" \
		"$(printf '%s\n' 0007 99 100 99 'CapBnd: 0000000000000001' 'NoNewPrivs: 0')"
}

# ---- security modules that are not there ----

@test "a SELinux label that cannot be applied is an error, of create and of exec; an AppArmor profile is a warning" {
	[ ! -e /sys/module/apparmor/parameters/enabled ] || grep -qx N /sys/module/apparmor/parameters/enabled
	! grep -qw selinuxfs /proc/filesystems
	sleeps
	local said="process.selinuxLabel: 'system_u:system_r:container_t:s0': SELinux is not active on this machine"
	config_edit "$B" '.process.selinuxLabel = "system_u:system_r:container_t:s0" | .process.args = ["true"]'
	fails_with 1 "$said" $R create -b "$B" d
	[ ! -e "$BATS_TEST_TMPDIR/state/d" ]
	jq .process "$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
	fails_with 255 "$said" $R exec -p "$BATS_TEST_TMPDIR/p.json" c
	config_edit "$B" 'del(.process.selinuxLabel) | .process.apparmorProfile = "docker-default"'
	jq .process "$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
	for command in "run -b $B d" "exec -p $BATS_TEST_TMPDIR/p.json c"; do
		run -0 $R $command
		[[ $output == *"process.apparmorProfile: 'docker-default': AppArmor is not active on this machine, ignoring"* ]]
	done
	jq '.selinuxLabel = "" | .apparmorProfile = ""' "$BATS_TEST_TMPDIR/p.json" >"$BATS_TEST_TMPDIR/q.json"
	run -0 $R exec -p "$BATS_TEST_TMPDIR/q.json" c
	assert_eq "$output" ''
}

# ---- what is refused ----

@test "attributes that cannot be meant are refused by name before anything is made" {
	local filter wanted
	while IFS='|' read -r filter wanted; do
		runtime_setup
		config_edit "$B" "$filter"
		fails_with 1 "$wanted" $R create -b "$B" bad </dev/null
		[ ! -e "$BATS_TEST_TMPDIR/state/bad" ]
	done <<-'END'
		.process.scheduler = {"policy":"SCHED_X"}|process.scheduler.policy: 'SCHED_X' is not known
		.process.scheduler = {"policy":"SCHED_FIFO","flags":["X"]}|process.scheduler.flags\[0\]: 'X' is not known
		.process.scheduler = {"policy":"SCHED_OTHER","nice":20}|process.scheduler.nice: '20' is not between -20 and 19
		.process.scheduler = {"policy":"SCHED_OTHER","priority":1}|process.scheduler.priority: 1: only SCHED_FIFO and SCHED_RR
		.process.scheduler = {"policy":"SCHED_RR","runtime":1}|only SCHED_DEADLINE has a runtime
		.process.scheduler = {"nice":1}|process.scheduler.policy: missing
		.process.ioPriority = {"class":"IOPRIO_CLASS_X","priority":1}|process.ioPriority.class: 'IOPRIO_CLASS_X' is not known
		.process.ioPriority = {"class":"IOPRIO_CLASS_BE","priority":8}|process.ioPriority.priority: '8' is not between 0 and 7
		.process.ioPriority = {"class":"IOPRIO_CLASS_BE"}|process.ioPriority.priority: missing
		.process.execCPUAffinity = {"initial":"a"}|process.execCPUAffinity.initial: 'a' is not a list
		.process.execCPUAffinity = {"final":","}|process.execCPUAffinity.final: ',' names no CPU
		.process.execCPUAffinity = {"final":"5000"}|process.execCPUAffinity.final: '5000' has a number above 1023
		.process.oomScoreAdj = 1001|process.oomScoreAdj: '1001' is not between -1000 and 1000
		.process.rlimits += .process.rlimits|process.rlimits\[1\].type: 'RLIMIT_NOFILE' is listed twice
		.process.env += ["X"]|process.env\[2\]: 'X' is not NAME=value
		.process.env += ["=X"]|process.env\[2\]: '=X' is not NAME=value
		.linux.personality = {"domain":"LINUX64"}|linux.personality.domain: 'LINUX64' is not known
		.linux.personality = {"domain":"LINUX","flags":["X"]}|linux.personality.flags\[0\]: 'X': the specification has no flags
		.linux.memoryPolicy = {"mode":"MPOL_X"}|linux.memoryPolicy.mode: 'MPOL_X' is not known
		.linux.memoryPolicy = {"nodes":"0"}|linux.memoryPolicy.mode: missing
		.linux.memoryPolicy = {"mode":"MPOL_BIND"}|linux.memoryPolicy.nodes: MPOL_BIND needs at least one
		.linux.memoryPolicy = {"mode":"MPOL_LOCAL","nodes":"0"}|linux.memoryPolicy.nodes: MPOL_LOCAL takes none
		.linux.memoryPolicy = {"mode":"MPOL_BIND","nodes":"0-"}|linux.memoryPolicy.nodes: '0-' is not a list
		.linux.memoryPolicy = {"mode":"MPOL_BIND","nodes":"0","flags":["X"]}|linux.memoryPolicy.flags\[0\]: 'X' is not known
	END
}

@test "a policy that the kernel refuses is named, and nothing is left" {
	config_edit "$B" '.process.scheduler = {"policy":"SCHED_ISO"}'
	fails_with 1 'process.scheduler: set SCHED_ISO: Invalid argument' $R create -b "$B" bad
	[ ! -e "$BATS_TEST_TMPDIR/state/bad" ]
	config_edit "$B" 'del(.process.scheduler) | .linux.memoryPolicy = {"mode":"MPOL_BIND","nodes":"1000"}'
	fails_with 1 'linux.memoryPolicy: set MPOL_BIND: Invalid argument' $R create -b "$B" bad
	[ ! -e "$BATS_TEST_TMPDIR/state/bad" ]
}

@test "a program that is not there is an error of create already" {
	config_edit "$B" '.process.args = ["/no/such"]'
	fails_with 1 'exec: "/no/such": no such file or directory' $R create -b "$B" c
	config_edit "$B" '.process.args = ["nosuch"]'
	fails_with 1 'exec: "nosuch": executable file not found in \$PATH' $R create -b "$B" c
	config_edit "$B" '.process.args = ["/etc"]'
	fails_with 1 'exec: "/etc": permission denied' $R create -b "$B" c
	config_edit "$B" '.process.args = ["group"] | .process.env = ["PATH=/bin:/etc"]'
	fails_with 1 'exec: "group": permission denied' $R create -b "$B" c
	config_edit "$B" '.process.env = ["PATH=/bin"]'
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	config_edit "$B" '.process.args = ["./busybox", "true"] | .process.cwd = "/bin"'
	$R run -b "$B" c
}
