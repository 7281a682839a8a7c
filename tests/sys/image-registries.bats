#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# registries.conf and policy.json: where an image comes from and whether it may.

load ../lib/lighter
load ../lib/assert
load ../lib/instance
load ../lib/registry

setup_file() {
	rootfs_busybox "$BATS_FILE_TMPDIR/root"
	tar -C "$BATS_FILE_TMPDIR/root" --numeric-owner -cf "$BATS_FILE_TMPDIR/layer.tar" .
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$BATS_FILE_TMPDIR/layout" debian:test "$BATS_FILE_TMPDIR/layer.tar"
}

setup() {
	instance_of_test
	export HOME=$BATS_TEST_TMPDIR/home
	CONFIG=$HOME/.config/containers
	mkdir -p "$CONFIG/registries.conf.d"
	hostile_start honest "$BATS_FILE_TMPDIR/layout"
}

teardown() {
	registry_stop
}

pull() {
	lighter pull -q --retry 0 "$@"
}

fails() { # WORDS COMMAND...
	run "${@:2}"
	[ "$status" -ne 0 ]
	[[ "${lines[-1]}" == *"$1"* ]] || { echo "no '$1' in: ${lines[-1]}"; return 1; }
}

@test "a mirror is asked first and the image keeps its name; the next where one has nothing" {
	cat >"$CONFIG/registries.conf" <<-END
		[[registry]]
		prefix = "registry.example/team"
		location = "127.0.0.1:1/gone"
		[[registry.mirror]]
		location = "127.0.0.1:2/none"
		[[registry.mirror]]
		location = "$REGISTRY/moved"
	END
	assert_eq "$(pull registry.example/team/app:x)" registry.example/team/app:x
	grep -q "GET /v2/moved/app/manifests/x" "$BATS_TEST_TMPDIR/hostile-log"
	assert_eq "$(lighter images --format '{{.Repository}}:{{.Tag}}')" registry.example/team/app:x
	sed -i 's/^location = "127.0.0.1:2.*/&\npull-from-mirror = "digest-only"/; s/moved"/&\npull-from-mirror = "digest-only"/' "$CONFIG/registries.conf"
	fails "127.0.0.1:1" pull registry.example/team/app:x
}

@test "blocked is refused by its prefix, insecure allows http, a drop-in has the last word" {
	printf '[[registry]]\nprefix = "%s/bad"\nblocked = true\n' "$REGISTRY" >"$CONFIG/registries.conf"
	fails "registry '$REGISTRY/bad' is blocked in registries.conf" pull "$REGISTRY/bad/app:x"
	pull "$REGISTRY/good/app:x"
	printf '[[registry]]\nprefix = "%s/bad"\nlocation = "%s/fine"\n' "$REGISTRY" "$REGISTRY" >"$CONFIG/registries.conf.d/50.conf"
	pull "$REGISTRY/bad/app:x"
	grep -q "GET /v2/fine/app/manifests/x" "$BATS_TEST_TMPDIR/hostile-log"
	printf '[[registry]]\nlocation = "a.test"\n= 1\n' >"$CONFIG/registries.conf"
	fails "line 3" pull "$REGISTRY/good/app:x"
}

@test "a short name is an alias or below the only registry of the search, and is found by it afterwards" {
	printf '[aliases]\n"tool" = "%s/team/tool"\n' "$REGISTRY" >"$CONFIG/registries.conf"
	assert_eq "$(pull tool:x)" "$REGISTRY/team/tool:x"
	assert_eq "$(lighter run --rm --pull never tool:x echo here)" here
	printf 'unqualified-search-registries = ["%s"]\n' "$REGISTRY" >"$CONFIG/registries.conf"
	assert_eq "$(pull other:x)" "$REGISTRY/other:x"
	printf 'unqualified-search-registries = ["%s", "b.test"]\n' "$REGISTRY" >"$CONFIG/registries.conf"
	fails "short name 'third:x' may be $REGISTRY/third:x, b.test/third:x" pull third:x
}

@test "policy.json is asked on pull and on run" {
	local file=$CONFIG/policy.json
	pull "$REGISTRY/app:x"
	jq -n --arg r "$REGISTRY/app" '{default: [{type: "insecureAcceptAnything"}], transports: {docker: {($r): [{type: "reject"}]}}}' >"$file"
	fails "the policy rejects '$REGISTRY/app:x' (scope '$REGISTRY/app')" pull "$REGISTRY/app:x"
	fails "the policy rejects '$REGISTRY/app:x'" lighter run --rm --pull never "$REGISTRY/app:x" true
	pull "$REGISTRY/apple:x"
	lighter run --rm --pull never "$REGISTRY/apple:x" true
	jq -n '{default: [{type: "sigstoreSigned", keyPath: "/k"}]}' >"$file"
	fails "asks for 'sigstoreSigned'" pull "$REGISTRY/apple:x"
	echo '{' >"$file"
	fails "policy.json" pull "$REGISTRY/apple:x"
}

@test "HTTP_PROXY is where other hosts are asked, NO_PROXY and this machine are exceptions" {
	local log=$BATS_TEST_TMPDIR/hostile-log
	HTTP_PROXY=http://$REGISTRY pull --tls-verify=false 192.0.2.1:5000/app:x
	grep -q "GET http://192.0.2.1:5000/v2/app/manifests/x" "$log"
	HTTP_PROXY=http://127.0.0.1:1 pull "$REGISTRY/app:x"
	HTTP_PROXY=http://$REGISTRY NO_PROXY=192.0.2.1 fails 192.0.2.1 pull --tls-verify=false 192.0.2.1:5000/other:x
	! grep -q "other" "$log"
}
