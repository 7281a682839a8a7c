# SPDX-License-Identifier: Apache-2.0
# Docker with lighter-runtime as an added runtime: what its client can do with a container.

load ../lib/lighter
load ../lib/assert
load ../lib/engine
bats_require_minimum_version 1.5.0

setup_file() {
	engine_start dockerd --add-runtime "lighter=$RUNTIME" --data-root "$E/data" --exec-root "$E/exec" -H "unix://$E/docker.sock" \
		-p "$E/dockerd.pid" --iptables=false --ip6tables=false --bridge=none
	engine_image "$E/image.tar"
	wait_until docker version >"$E/version" 2>&1 || { cat "$E/log"; return 1; }
	docker load -qi "$E/image.tar"
}

teardown_file() { engine_stop; }

STATE=$E/exec/runtime-runc/moby
RUN=(run --runtime lighter --network none)

docker() { engine docker -H "unix://$E/docker.sock" "$@"; }

at_terminal() {
	python3 "$BATS_TEST_DIRNAME/../lib/on_terminal.py" "$@"
}

@test "a container from its start to its removal: limits, exec, update, top, pause, stop" {
	id=$(docker "${RUN[@]}" -d --name c1 -m 64m --cpus 0.5 --pids-limit 50 busybox sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done')
	assert_eq "$(state_of "$STATE" "$id" status)" running
	pid=$(state_of "$STATE" "$id" pid)
	assert_eq "$(docker inspect -f '{{.State.Pid}} {{.HostConfig.Runtime}}' c1)" "$pid lighter"
	assert_eq "$(limit "$pid" memory memory.limit_in_bytes)" 67108864
	assert_eq "$(limit "$pid" pids pids.max)" 50
	assert_eq "$(limit "$pid" cpu cpu.cfs_quota_us)" 50000
	assert_eq "$(says docker exec -u 5:6 -w /tmp -e A=b c1 sh -c 'echo $PWD $(id -u):$(id -g) $A; exit 4')" '4 /tmp 5:6 b'
	run at_terminal 'expect:# ' 'send:tty; exit 6\n' -- \
		nsenter --mount="/proc/$(cat "$E/pid")/ns/mnt" docker -H "unix://$E/docker.sock" exec -it c1 sh
	assert_eq "$status" 6
	grep -q /dev/pts/ <<<"$output"
	docker update -m 100m --memory-swap 200m --pids-limit 60 --cpu-shares 512 c1
	assert_eq "$(limit "$pid" memory memory.limit_in_bytes)" 104857600
	assert_eq "$(limit "$pid" memory memory.memsw.limit_in_bytes)" 209715200
	assert_eq "$(limit "$pid" pids pids.max)" 60
	assert_eq "$(limit "$pid" cpu cpu.shares)" 512
	docker top c1 -o pid,comm | grep -q "$pid"
	docker pause c1
	assert_eq "$(state_of "$STATE" "$id" status)" paused
	assert_eq "$(docker inspect -f '{{.State.Status}}' c1)" paused
	docker unpause c1
	assert_eq "$(state_of "$STATE" "$id" status)" running
	docker stop -t 10 c1
	assert_eq "$(docker inspect -f '{{.State.ExitCode}}' c1)" 9
	docker start c1
	assert_eq "$(docker inspect -f '{{.State.Pid}}' c1)" "$(state_of "$STATE" "$id" pid)"
	docker rm -f c1
	[ ! -e "$STATE/$id" ]
}

@test "run passes output and status, with a terminal and its size" {
	assert_eq "$(says docker "${RUN[@]}" --rm busybox sh -c 'echo out; exit 3')" '3 out'
	assert_eq "$(echo hello | docker "${RUN[@]}" --rm -i busybox cat)" hello
	# 20.10 says the size when the shell is there already.
	run at_terminal -s 33x77 'expect:# ' 'send:until [ "$(stty size)" = "33 $((70 + 7))" ]; do sleep 0.1; done; stty size; exit 5\n' -- \
		nsenter --mount="/proc/$(cat "$E/pid")/ns/mnt" docker -H "unix://$E/docker.sock" "${RUN[@]}" --rm -it busybox sh
	assert_eq "$status" 5
	grep -q '33 77' <<<"$output"
}

@test "docker's own options arrive: read-only root, volumes, tmpfs, users, capabilities, limits, sysctls, devices" {
	echo volume >"$E/file"
	run docker "${RUN[@]}" --rm --read-only -v "$E/file:/etc/file:ro" --tmpfs /scratch:size=1m -u 7:8 --group-add 9 --cap-drop ALL \
		--ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1 --device /dev/null:/dev/other --hostname there --shm-size 2m \
		--security-opt no-new-privileges --init busybox sh -c '
			cat /etc/file; touch /x 2>&1; touch /etc/file 2>&1; touch /scratch/x && echo scratch
			id; grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/self/status; ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward
			ls /dev/other; hostname; df /dev/shm | tail -n 1; cat /proc/1/comm'
	assert_eq "$status" 0
	local said
	for said in volume 'touch: /x: Read-only file system' 'touch: /etc/file: Read-only' scratch 'uid=7 gid=8 groups=8,9' \
		'CapBnd:.0000000000000000' 'NoNewPrivs:.1' 'Seccomp:.2' '^100$' '^200$' '^1$' /dev/other '^there$' 2048 docker-init; do
		grep -qE "$said" <<<"$output" || { echo "no '$said' in: $output"; return 1; }
	done
}

@test "what cannot be executed is 127 or 126, of run and of exec" {
	run -127 docker "${RUN[@]}" --rm busybox /no/such
	run -127 docker "${RUN[@]}" --rm busybox nosuch
	grep -q 'executable file not found in \$PATH' <<<"$output"
	run docker "${RUN[@]}" --rm busybox /etc
	assert_eq "$status" 126
	docker "${RUN[@]}" -d --name c2 busybox sleep 1000
	# 20.10 says 126 for both, with runc too
	case $BATS_TEST_FILENAME in *bookworm*) run docker exec c2 nosuch && assert_eq "$status" 126 ;; *) run -127 docker exec c2 nosuch ;; esac
	grep -q 'executable file not found in \$PATH' <<<"$output"
	run docker exec c2 /etc
	assert_eq "$status" 126
	docker rm -f c2
	[ -z "$(ls "$STATE")" ]
}

@test "docker loads what lighter has saved, lighter loads what docker saves: one image id" {
	export LIGHTER_ROOT=$BATS_TEST_TMPDIR/data LIGHTER_RUN_ROOT=$BATS_TEST_TMPDIR/run
	mkdir -p "$LIGHTER_ROOT" "$LIGHTER_RUN_ROOT"
	lighter load -q -i "$E/image.tar"
	lighter tag busybox swapped:one
	lighter save -o "$E/saved.tar" swapped:one
	assert_eq "$(docker load -qi "$E/saved.tar")" "Loaded image: swapped:one"
	assert_eq "$(docker image inspect -f '{{.Id}}' swapped:one)" "$(lighter images -q --no-trunc swapped:one)"
	docker save -o "$E/docker.tar" swapped:one
	lighter rmi -f "$(lighter images -q swapped:one)"
	assert_eq "$(lighter load -q -i "$E/docker.tar")" "Loaded image: swapped:one"
	assert_eq "$(lighter image inspect -f '{{.Id}} {{.RootFS.Layers}}' swapped:one)" "$(docker image inspect -f '{{.Id}} {{.RootFS.Layers}}' swapped:one)"
	docker rmi swapped:one
}
