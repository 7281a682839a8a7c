# SPDX-License-Identifier: Apache-2.0
# What the tests of faults in the runtime start from.

# bundle_faults DIR [user]: a bundle that has a bit of everything: limits, a filter, masks, a volume, a sysctl.
bundle_faults() {
	bundle_attack "$1" "${2:-}"
	mkdir -p "$1/volume"
	chmod 0755 "$1/volume"
	bundle_script "$1" 'sleep 1000'
	config_edit "$1" '.linux.cgroupsPath = "/fault-test/victim" | .linux.namespaces += [{"type":"cgroup"}] |
		.linux.sysctl = {"kernel.msgmax":"4242"} | .process.args = ["sleep", "1000"] | .process.oomScoreAdj = 500 |
		.linux.resources += {"memory":{"limit":104857600},"pids":{"limit":64},"cpu":{"shares":512}} |
		.linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mount"],"action":"SCMP_ACT_ERRNO"}]} |
		.mounts += [{"destination":"/volume","type":"bind","source":$ARGS.positional[0],"options":["rbind","ro"]}]' \
		"$1/volume"
}

# faults errors|kills BUNDLE SAMPLE: points of each operation, all of them with LONG=1.
faults() {
	local sample=(--sample "$3")
	[ -z "${LONG:-}" ] || sample=()
	run python3 "$BATS_TEST_DIRNAME/faults.py" "$1" "$2" "${sample[@]}"
	echo "$output" | sed 's/^/# /' >&3
	[ "$status" -eq 0 ]
	fault_groups_remove
}

fault_groups_remove() {
	find /sys/fs/cgroup -depth -type d -path '*fault-test*' -exec rmdir {} \;
}
