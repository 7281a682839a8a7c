# SPDX-License-Identifier: Apache-2.0
# Podman with --runtime lighter-runtime, through conmon: what it can do with a container and a pod.

load ../lib/lighter
load ../lib/assert
load ../lib/engine
bats_require_minimum_version 1.5.0

STATE=$E/runtime

setup_file() {
	engine_start sleep 1000
	# Podman forgets --runtime-flag when it asks for a state and when conmon has it clean up: the state root is the default one.
	mkdir "$STATE"
	engine mkdir /run/lighter-runtime
	engine mount --bind "$STATE" /run/lighter-runtime
	engine_image "$E/image.tar"
	podman load -qi "$E/image.tar"
}

teardown_file() {
	podman rm -fa -t 0
	engine_stop
}

PODMAN=(env PODMAN_IGNORE_CGROUPSV1_WARNING=1 podman --root "$E/root" --runroot "$E/runroot" --tmpdir "$E/tmp" --cgroup-manager cgroupfs
	--events-backend file --runtime "$RUNTIME")
RUN=(run --network none)

podman() { engine "${PODMAN[@]}" "$@"; }

at_terminal() { # STEP... -- PODMAN_ARGUMENT...
	local steps=()
	while [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	shift
	python3 "$BATS_TEST_DIRNAME/../lib/on_terminal.py" "${steps[@]}" -- nsenter --mount="/proc/$(cat "$E/pid")/ns/mnt" "${PODMAN[@]}" "$@"
}

@test "a container from its start to its removal: limits, exec, update, top, pause, stop" {
	id=$(podman "${RUN[@]}" -d --name c1 -m 64m --cpus 0.5 --pids-limit 50 busybox sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done')
	assert_eq "$(state_of "$STATE" "$id" status)" running
	pid=$(state_of "$STATE" "$id" pid)
	assert_eq "$(podman inspect -f '{{.State.Pid}}' c1)" "$pid"
	assert_eq "$(limit "$pid" memory memory.limit_in_bytes)" 67108864
	assert_eq "$(limit "$pid" pids pids.max)" 50
	assert_eq "$(says podman exec -u 5:6 -w /tmp -e A=b c1 sh -c 'echo $PWD $(id -u):$(id -g) $A; exit 4')" '4 /tmp 5:6 b'
	run at_terminal 'expect:# ' 'send:tty; exit 6\n' -- exec -it c1 sh
	assert_eq "$status" 6
	grep -q /dev/pts/ <<<"$output"
	podman update -m 100m c1
	assert_eq "$(limit "$pid" memory memory.limit_in_bytes)" 104857600
	podman top c1 pid comm | grep -q sh
	podman pause c1
	assert_eq "$(state_of "$STATE" "$id" status)" paused
	podman unpause c1
	assert_eq "$(state_of "$STATE" "$id" status)" running
	podman stop -t 10 c1
	assert_eq "$(podman inspect -f '{{.State.ExitCode}}' c1)" 9
	podman start c1
	assert_eq "$(podman inspect -f '{{.State.Pid}}' c1)" "$(state_of "$STATE" "$id" pid)"
	podman rm -f -t 0 c1
	wait_until test ! -e "$STATE/$id" # conmon's own clean-up may be the one that deletes
}

@test "a container that ends by itself is deleted by conmon's clean-up, and can be started again" {
	id=$(podman "${RUN[@]}" -d --name c2 busybox sh -c 'exit 8')
	wait_until test ! -e "$STATE/$id"
	assert_eq "$(podman wait c2)" 8
	podman start c2
	wait_until test ! -e "$STATE/$id"
	podman rm c2
}

@test "run passes output and status, with a terminal and its size; 127 and 126" {
	assert_eq "$(says podman "${RUN[@]}" --rm busybox sh -c 'echo out; exit 3')" '3 out'
	run at_terminal -s 33x77 'expect:# ' 'send:stty size; exit 5\n' -- "${RUN[@]}" --rm -it busybox sh
	assert_eq "$status" 5
	grep -q '33 77' <<<"$output"
	run -127 podman "${RUN[@]}" --rm busybox nosuch
	run podman "${RUN[@]}" --rm busybox /etc
	assert_eq "$status" 126
}

@test "podman's own options arrive: read-only root, volumes, tmpfs, users, capabilities, limits, sysctls, annotations" {
	echo volume >"$E/file"
	run podman "${RUN[@]}" --rm --read-only -v "$E/file:/etc/file:ro" --tmpfs /scratch:size=1m -u 7:8 --group-add 9 --cap-drop ALL \
		--ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1 --hostname there --shm-size 2m --security-opt no-new-privileges \
		--annotation org.example=1 busybox sh -c '
			cat /etc/file; touch /x 2>&1; touch /etc/file 2>&1; touch /scratch/x && echo scratch
			id; grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/self/status; ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward
			hostname; df /dev/shm | tail -n 1'
	[ "$status" = 0 ] || { echo "$output"; return 1; }
	local said
	for said in volume 'touch: /x: Read-only file system' 'touch: /etc/file: Read-only' scratch 'uid=7[^ ]* gid=8[^ ]* groups=8[^ ]*,9' \
		'CapBnd:.0000000000000000' 'NoNewPrivs:.1' 'Seccomp:.2' '^100$' '^200$' '^1$' '^there$' 2048; do
		grep -qE "$said" <<<"$output" || { echo "no '$said' in: $output"; return 1; }
	done
}

@test "podman's crun alone could: --group-add keep-groups, and annotations of run.oci" {
	local groups=(sed -n 's/^Groups:.//p' /proc/self/status)
	keeps() { setpriv --groups 4321 nsenter --mount="/proc/$(cat "$E/pid")/ns/mnt" env HOME=/root "${PODMAN[@]}" "${RUN[@]}" --rm "$@"; }
	assert_eq "$(keeps --group-add keep-groups busybox "${groups[@]}" | xargs)" 4321
	run -0 keeps busybox "${groups[@]}"
	[[ $output != *4321* ]]
	run podman "${RUN[@]}" --rm --annotation run.oci.handler=krun busybox true
	[ "$status" -ne 0 ]
	[[ $output == *"annotations.run.oci.handler: 'krun': programs are executed by the kernel"* ]]
}
