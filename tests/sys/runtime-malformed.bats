# SPDX-License-Identifier: Apache-2.0
# A malformed config.json is one sentence that names the field and shows its value, and nothing is created.

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

nothing_created() {
	[ -z "$(ls "$S" 2>/dev/null)" ]
	[ -z "$(find /sys/fs/cgroup -type d -path '*/lighter-runtime/*')" ]
}

# Every case that the decode tables have (src/oci/spec_malformed_test.c), through the program itself.
@test "each field with each wrong type, wrong range, or missing" {
	local cases=0 said config path shown
	while IFS=$'\t' read -r config path shown; do
		printf %s "$config" >"$B/config.json"
		said=$($R create -b "$B" c 2>&1 </dev/null) && { echo "created: $config"; return 1; }
		[[ $said == "lighter-runtime: config.json: $path:"*"$shown"* ]] || { echo "$said: $config"; return 1; }
		[ ! -e "$S/c" ] || { echo "left: $config"; return 1; }
		cases=$((cases + 1))
	done < <("$BUILD/src/oci_spec_malformed_test" --print | grep -v $'missing$')
	[ "$cases" -ge 1400 ]
	nothing_created
}

@test "each value that has the right type and no meaning" {
	local filter wanted
	while IFS='|' read -r filter wanted; do
		bundle_new "$B"
		config_edit "$B" '.process.args = ["true"]'
		config_edit "$B" "$(sed 's/ ; / | /g; s/ @= / |= /' <<<"$filter")" # a bar ends the field
		fails_with 1 "$wanted" timeout 20 $R run -b "$B" bad </dev/null
		[ ! -e "$S/bad" ]
	done <<-'END'
		.process.user.uid = 4294967295|process.user.uid: 4294967295 is not an id
		.process.user.gid = 4294967295|process.user.gid: 4294967295 is not an id
		.process.args = []|process.args must not be empty
		.process.cwd = "tmp"|process.cwd 'tmp' is not an absolute path
		.process.rlimits[0].type = "RLIMIT_X"|process.rlimits\[0\].type: 'RLIMIT_X' is not known
		.process.rlimits[0].soft = 1025|process.rlimits\[0\].soft: 1025 is above the hard limit, 1024
		.linux.namespaces += [{"type":"pid"}]|linux.namespaces\[5\].type: 'pid' is listed twice
		.mounts[0].destination = ""|mounts\[0\].destination: empty
		.mounts += [{"destination":"/x","type":"tmpfs","options":["size=x"]}]|mounts\[5\]: mount 'tmpfs' on '/x', option size=x
		.mounts += [{"destination":"/x","source":"/no/such","options":["bind"]}]|mounts\[5\]: mount '/no/such' on '/x': No such file
		.mounts += [{"destination":"/x"}]|mounts\[5\].type: of '/x': missing
		.mounts += [{"destination":"/x","type":"tmpfs","options":["idmap"]}]|mounts\[5\].options: of '/x': id-mapped mounts are only supported for bind-mounts
		.mounts += [{"destination":"/x","source":"/","options":["bind"],"uidMappings":[{"containerID":0,"hostID":1,"size":0}],"gidMappings":[{"containerID":0,"hostID":1,"size":1}]}]|mounts\[5\].uidMappings\[0\].size: 0 is not
		.linux.cgroupsPath = "/a/../b"|linux.cgroupsPath: cgroup path '/a/../b'
		.linux.seccomp = {"defaultAction":"SCMP_ACT_X"}|linux.seccomp.defaultAction: 'SCMP_ACT_X' is not an action
		.linux.seccomp = {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":6,"value":0,"op":"SCMP_CMP_EQ"}]}]}|linux.seccomp.syscalls\[0\].args\[0\].index: 6 is above 5
		.linux.resources.cpu = {"cpus":"0-x"}|linux.resources.cpu.cpus: '0-x' is not a list
		.linux.resources.cpu = {"mems":"a"}|linux.resources.cpu.mems: 'a' is not a list
		.linux.resources.devices[0].type = "z"|linux.resources.devices\[0\].type: 'z'
		.linux.uidMappings = [{"containerID":0,"hostID":1,"size":1}]|linux.uidMappings: user namespace mappings specified, but user namespace isn't enabled
		.linux.namespaces += [{"type":"user"}]|linux.uidMappings and linux.gidMappings are needed
		.linux.namespaces += [{"type":"user"}] ; .linux.gidMappings = [{"containerID":0,"hostID":1,"size":1}] ; .linux.uidMappings = [{"containerID":0,"hostID":1,"size":0}]|linux.uidMappings\[0\].size: 0 is not a number of ids
		.linux.namespaces += [{"type":"user"}] ; .linux.uidMappings = [{"containerID":0,"hostID":1,"size":1}] ; .linux.gidMappings = [{"containerID":9,"hostID":1,"size":4294967295}]|linux.gidMappings\[0\].size: 4294967295 ids end above
		.linux.namespaces += [{"type":"user"}] ; .linux.gidMappings = [{"containerID":0,"hostID":1,"size":1}] ; .linux.uidMappings = [{"containerID":0,"hostID":10,"size":10},{"containerID":9,"hostID":30,"size":1}]|linux.uidMappings\[1\]: 9:30:1 has ids of the extent 0
		.linux.namespaces += [{"type":"time"}] ; .linux.timeOffsets = {"boottime":{"secs":1,"nanosecs":1000000000}}|linux.timeOffsets.boottime.nanosecs: 1000000000 is not below
		.linux.namespaces += [{"type":"time"}] ; .linux.timeOffsets = {"monotonic":{"secs":-9000000000}}|linux.timeOffsets: set 'monotonic -9000000000 0': Numerical result out of range
		.linux.namespaces @= map(select(.type != "uts"))|hostname: 'bundle': unable to set hostname without a private UTS namespace
		.hooks = {"prestart":[{"path":"true"}]}|hooks.prestart\[0\].path 'true' is not an absolute path
		.hooks = {"poststart":[{"path":"/bin/true","timeout":-1}]}|hooks.poststart\[0\].timeout: -1 is not
		del(.root)|root: missing
		del(.process)|process: missing
		del(.linux)|linux: missing
	END
	nothing_created
}

@test "annotations of crun's: what is not done is refused by name, as is a value without a meaning; others are data" {
	local filter wanted
	config_edit "$B" '.process.args = ["true"]'
	cp "$B/config.json" "$B/good"
	while IFS='|' read -r filter wanted; do
		cp "$B/good" "$B/config.json"
		config_edit "$B" ".annotations = {\"run.oci.$(sed 's/=/":"/' <<<"$filter")\"}"
		fails_with 1 "validate: annotations.run.oci.${filter%%=*}: '${filter#*=}': $wanted" $R run -b "$B" bad </dev/null
	done <<-'END'
		handler=krun|programs are executed by the kernel, not by krun or wasm
		seccomp.plugins=/lib/x.so|nothing is loaded into the runtime
		seccomp_bpf_data=AAAA|a filter is what linux.seccomp says
		timens_offset=boottime 1 0|offsets of clocks are linux.timeOffsets
		systemd.subgroup=container|the scope itself is the container's cgroup
		systemd.force_cgroup_v1=/no/such|no mount of type cgroup has this destination
		seccomp.receiver=sock|it is not an absolute path
		pidfd_receiver=sock|it is not an absolute path
		hooks.stdout=out|it is not an absolute path
		hooks.stderr=err|it is not an absolute path
		mount_context_type=other|it is not context, fscontext
	END
	cp "$B/good" "$B/config.json"
	config_edit "$B" '.annotations = {"run.oci.systemd.subgroup": "", "run.oci.later": "x", "io.kubernetes.cri-o.Name": "a"}'
	$R run -b "$B" c </dev/null
	nothing_created
}

@test "versions 1.MINOR.PATCH in SemVer's form are taken, all others are not" {
	local version
	for version in 1.0.0 1.0.2-dev 1.3.0 1.3.0+build.7 1.12.100-rc.1+x-y; do
		config_edit "$B" ".ociVersion = \"$version\""
		$R run -b "$B" c </dev/null
	done
	for version in '' 1 1.0 2.0.0 0.9.0 1.0.0.0 1.x.0 01.0.0 1.01.0 1.0.00 1.0.0- 1.0.0+ '1.0.0 ' v1.0.0 1.0.0-a_b; do
		config_edit "$B" ".ociVersion = \"$version\""
		fails_with 1 "ociVersion: '${version//[+.]/.}' is not a version 1.MINOR.PATCH" $R create -b "$B" c
	done
	nothing_created
}

@test "what is no JSON, no object or no file" {
	local text
	printf '{' >"$B/config.json"
	fails_with 1 'config.json: JSON ends after 1 bytes' $R create -b "$B" c
	printf '{"ociVersion":"1.0.0",}' >"$B/config.json"
	fails_with 1 'config.json: JSON is not valid at byte 22' $R create -b "$B" c
	printf '{"ociVersion":"1.0.0"}{}' >"$B/config.json"
	fails_with 1 'config.json: JSON is not valid at byte 22' $R create -b "$B" c
	for text in null '[]' 7 '"x"'; do
		printf %s "$text" >"$B/config.json"
		fails_with 1 "config.json: '.*' is .*, an object is wanted" $R create -b "$B" c
	done
	python3 -c 'print("[" * 100000)' >"$B/config.json"
	fails_with 1 'config.json: JSON is not valid' $R create -b "$B" c
	rm "$B/config.json"
	fails_with 1 "read 'config.json': No such file" $R create -b "$B" c
	mkdir "$B/config.json"
	fails_with 1 "bundle '.*': read 'config.json'" $R create -b "$B" c
	rmdir "$B/config.json"
	truncate -s 17M "$B/config.json"
	fails_with 1 "bundle '.*': .*config.json" $R create -b "$B" c
	nothing_created
}

@test "unknown keys and null for what is optional are ignored" {
	config_edit "$B" '.unknown = {deep: [1]} | .process.unknown = 1 | .linux.resources.memory = null | .hooks = null |
		.windows = {} | .vm = {hypervisor: {path: "/no/such"}, hwConfig: {deviceTree: "/no", vcpus: 1, memory: 1}} | .zos = {} | .mounts[0].options = null | .annotations = null'
	$R run -b "$B" c </dev/null
	nothing_created
}
