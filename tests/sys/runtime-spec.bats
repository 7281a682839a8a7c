# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime obeys config.json: what each field does, seen from inside or from the kernel.

load ../lib/lighter
load ../lib/assert
bats_require_minimum_version 1.5.0

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$B"
	bundle_new "$B"
	R="lighter-runtime --root $BATS_TEST_TMPDIR/state"
}

teardown() {
	local id
	for id in "$BATS_TEST_TMPDIR"/state/*/; do
		[ -d "$id" ] && $R delete -f "$(basename "$id")" || true
	done
}

says() { # SCRIPT: what it prints in the container
	config_edit "$B" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")]"
	$R run -b "$B" c </dev/null
}

v1() { [ -d "/sys/fs/cgroup/$1" ]; }

@test "namespaces are new where the spec lists them and shared where not" {
	local inside ns
	inside=$(says 'cd /proc/self/ns; for n in pid net ipc uts mnt cgroup user; do echo $n $(readlink $n); done')
	for ns in pid net ipc uts mnt; do
		! grep -q "$ns $(readlink "/proc/self/ns/$ns")" <<<"$inside"
	done
	grep -qF "cgroup $(readlink /proc/self/ns/cgroup)" <<<"$inside"
	grep -qF "user $(readlink /proc/self/ns/user)" <<<"$inside"
}

@test "namespaces are joined by path, and a path of another kind or a FIFO is refused at once" {
	config_edit "$B" '.linux.namespaces |= map(if .type == "network" or .type == "pid" then .path = "/proc/self/ns/" +
		(if .type == "pid" then "pid" else "net" end) else . end)'
	assert_eq "$(says 'readlink /proc/self/ns/net')" "$(readlink /proc/self/ns/net)"
	config_edit "$B" '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/uts" else . end)'
	fails_with 1 'linux.namespaces.*ns/uts.*Invalid argument' $R run -b "$B" c
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	config_edit "$B" ".linux.namespaces |= map(if .type == \"network\" then .path = \"$BATS_TEST_TMPDIR/fifo\" else . end)"
	fails_with 1 'linux.namespaces.*fifo.*Invalid argument' timeout 5 $R run -b "$B" c
}

@test "the process is pid 1, alone, with a hostname and a network of its own" {
	assert_eq "$(says 'echo $$ $(hostname) $(ls /sys/class/net) $(cat /sys/class/net/lo/flags)')" '1 bundle lo 0x9'
}

@test "a user namespace with several extents maps as written" {
	config_edit "$B" '.linux.namespaces += [{"type":"user"}] |
		.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":1000},{"containerID":1000,"hostID":200000,"size":5}] |
		.linux.gidMappings = [{"containerID":0,"hostID":100000,"size":65536}] | .process.user = {"uid":1000,"gid":7}'
	chmod 755 "$B" "$B/rootfs"
	assert_eq "$(says 'id -u; id -g; cat /proc/self/uid_map | tr -s " "; : </dev/null && echo null')" \
		"$(printf '1000\n7\n 0 100000 1000\n 1000 200000 5\nnull')"
}

@test "mounts: bind of a directory and a file, tmpfs with options, read-only, recursive read-only" {
	mkdir -p "$BATS_TEST_TMPDIR/src"
	echo file >"$BATS_TEST_TMPDIR/src/f"
	config_edit "$B" ".mounts += [
		{\"destination\":\"/b\",\"type\":\"bind\",\"source\":\"$BATS_TEST_TMPDIR/src\",\"options\":[\"rbind\",\"rro\"]},
		{\"destination\":\"/etc/one\",\"type\":\"bind\",\"source\":\"$BATS_TEST_TMPDIR/src/f\",\"options\":[\"bind\"]},
		{\"destination\":\"/t\",\"type\":\"tmpfs\",\"source\":\"x\",\"options\":[\"size=1m\",\"noexec\",\"mode=700\"]}]"
	run says 'cat /b/f /etc/one; touch /b/x; echo two >/etc/one; grep " /t " /proc/mounts; stat -c %a /t; df -k /t | tail -1'
	grep -q 'touch: /b/x: Read-only file system' <<<"$output"
	grep -q 'tmpfs /t tmpfs rw,noexec,relatime,size=1024k,mode=700' <<<"$output" || grep -q 'x /t tmpfs rw,noexec' <<<"$output"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/src/f")" two
}

@test "a read-only root, masked and read-only paths" {
	config_edit "$B" '.root.readonly = true'
	run says 'touch /x; cat /proc/kcore | wc -c; ls /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/hostname; grep /proc/bus /proc/mounts'
	grep -q 'touch: /x: Read-only file system' <<<"$output"
	grep -q "can't create /proc/sys/kernel/hostname: Read-only file system" <<<"$output"
	grep -q 'proc /proc/bus proc ro' <<<"$output"
	assert_eq "$(grep -c '^0$' <<<"$output")" 2
}

@test "capabilities: five sets, exactly" {
	config_edit "$B" '.process.capabilities = {"bounding":["CAP_KILL","CAP_CHOWN"],"permitted":["CAP_KILL"],
		"effective":["CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL"]} | .process.user = {"uid":5,"gid":5}'
	assert_eq "$(says 'grep Cap /proc/self/status | tr -s "\t" " "')" "$(printf '%s\n' 'CapInh: 0000000000000020' \
		'CapPrm: 0000000000000020' 'CapEff: 0000000000000020' 'CapBnd: 0000000000000021' 'CapAmb: 0000000000000020')"
}

@test "a user other than root has no capability that was not asked for as ambient" {
	config_edit "$B" '.process.user = {"uid":5,"gid":5,"additionalGids":[8,9],"umask":63}'
	assert_eq "$(says 'grep CapEff /proc/self/status | tr -s "\t" " "; id -G; umask; grep -c "NoNewPrivs:.1" /proc/self/status')" \
		"$(printf 'CapEff: 0000000000000000\n5 8 9\n0077\n1')"
}

@test "rlimits are set, soft and hard" {
	assert_eq "$(says 'ulimit -Sn; ulimit -Hn')" "$(printf '1024\n1024')"
}

@test "devices: the default ones work, others are refused by the kernel" {
	config_edit "$B" '.process.capabilities.bounding += ["CAP_MKNOD"] | .process.capabilities.effective += ["CAP_MKNOD"] |
		.process.capabilities.permitted += ["CAP_MKNOD"] |
		.linux.devices = [{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":432,"uid":3,"gid":4}] |
		.linux.resources.devices += [{"allow":true,"type":"c","major":10,"minor":229,"access":"rwm"}]'
	run says 'head -c 2 /dev/zero | wc -c; echo x >/dev/null && echo null; stat -c "%a %u %g %t:%T" /dev/fuse
		mknod /tmp/mem c 1 1 && cat /tmp/mem | head -c 1'
	grep -qx 2 <<<"$output"
	grep -qx null <<<"$output"
	grep -qx '660 3 4 a:e5' <<<"$output"
	grep -qE "/tmp/mem.*(Operation not permitted|No such file)" <<<"$output"
}

@test "seccomp: actions, errno and argument conditions" {
	config_edit "$B" '.linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
		{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28},
		{"names":["kill"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":10,"op":"SCMP_CMP_EQ"}]}]}'
	run says 'mkdir /tmp/x; kill -0 1 && echo zero; kill -10 1; grep Seccomp: /proc/self/status'
	grep -q 'No space left on device' <<<"$output"
	grep -qx zero <<<"$output"
	grep -q 'Operation not permitted' <<<"$output"
	grep -q 'Seccomp:.*2' <<<"$output"
}

@test "seccomp: a profile older than the kernel does not stop the start" {
	config_edit "$B" '.linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
		{"names":["close_range","clone3","openat2","faccessat2","statx"],"action":"SCMP_ACT_ERRNO"}]}'
	local nnp
	for nnp in true false; do
		config_edit "$B" ".process.noNewPrivileges = $nnp"
		assert_eq "$(says 'echo ran')" ran
	done
}

@test "sysctls of its own namespaces are set, others are refused" {
	config_edit "$B" '.linux.sysctl = {"net.ipv4.ip_forward":"1","kernel.msgmax":"4242"}'
	assert_eq "$(says 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax')" "$(printf '1\n4242')"
	config_edit "$B" '.linux.sysctl = {"vm.swappiness":"1"}'
	fails_with 1 "linux.sysctl: 'vm.swappiness' is not in a separate kernel namespace" $R run -b "$B" c
}

@test "memory, cpu and pids limits are the kernel's" {
	local pid memory quota pids
	config_edit "$B" '.linux.resources.memory.limit = 67108864 | .linux.resources.pids.limit = 17 |
		.linux.resources.cpu = {"quota":50000,"period":100000,"shares":512} | .process.args = ["sleep", "1000"]'
	$R run -d -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >/dev/null 2>&1
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	group() { sed -n "s/^[0-9]*:$1://p" "/proc/$pid/cgroup"; }
	if v1 memory; then
		assert_eq "$(cat "/sys/fs/cgroup/memory$(group memory)/memory.limit_in_bytes")" 67108864
		assert_eq "$(cat "/sys/fs/cgroup/cpu$(group cpu)/cpu.cfs_quota_us")" 50000
		assert_eq "$(cat "/sys/fs/cgroup/cpu$(group cpu)/cpu.shares")" 512
		assert_eq "$(cat "/sys/fs/cgroup/pids$(group pids)/pids.max")" 17
	else
		assert_eq "$(cat "/sys/fs/cgroup$(group '')/memory.max")" 67108864
		assert_eq "$(cat "/sys/fs/cgroup$(group '')/cpu.max")" '50000 100000'
		assert_eq "$(cat "/sys/fs/cgroup$(group '')/cpu.weight")" 59
		assert_eq "$(cat "/sys/fs/cgroup$(group '')/pids.max")" 17
	fi
}

@test "a memory hog is killed by the kernel, a fork bomb stops at the pids limit" {
	config_edit "$B" '.linux.resources.memory.limit = 33554432'
	run -137 says 'exec tail /dev/zero'
	config_edit "$B" '.linux.resources.memory.limit = -1 | .linux.resources.pids.limit = 5'
	run says 'for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done; wait'
	grep -q "can't fork" <<<"$output"
}

@test "the container's cgroup is cgroupsPath, and its namespace begins there" {
	config_edit "$B" '.linux.cgroupsPath = "/lighter-named/one" | .linux.namespaces += [{"type":"cgroup"}]'
	assert_eq "$(says 'cut -d: -f3 /proc/self/cgroup | sort -u')" /
	rmdir /sys/fs/cgroup/*/lighter-named /sys/fs/cgroup/lighter-named 2>/dev/null || true
}

@test "annotations are in the state" {
	config_edit "$B" '.annotations = {"a.b":"c\nd"} | .process.args = ["sleep","1000"]'
	$R create -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$($R state c | jq -r '.annotations["a.b"]')" "$(printf 'c\nd')"
}
