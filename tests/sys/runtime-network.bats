# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime: linux.netDevices and linux.sysctl, seen from the container's network namespace.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
bats_require_minimum_version 1.5.0

setup() {
	runtime_setup
	# A device of the host, with its other end; its name is the test's.
	DEV=d$BATS_TEST_NUMBER.$((RANDOM % 1000)) END=e$BATS_TEST_NUMBER.$((RANDOM % 1000))
}

teardown() {
	runtime_teardown
	ip link del "$END" 2>/dev/null || true
	ip link del "$DEV" 2>/dev/null || true
	[ -z "${NETNS:-}" ] || kill "$NETNS"
}

device() {
	ip link add "$DEV" type veth peer name "$END"
	ip link set "$END" up
}

# A network namespace with a process that keeps it; its path is in $NETNS_PATH.
namespace() {
	unshare --net sleep 1000 3>&- &
	NETNS=$! NETNS_PATH=/proc/$!/ns/net
	wait_until bash -c "[ \"\$(readlink $NETNS_PATH)\" != '$(readlink /proc/self/ns/net)' ]"
}

join_namespace() {
	namespace
	config_edit "$B" ".linux.namespaces |= map(if .type == \"network\" then .path = \"$NETNS_PATH\" else . end)"
}

devices() { config_edit "$B" ".linux.netDevices = $1"; }

addresses() { # in the container, one a line
	says "ip -o addr show dev $1 scope global | sed -E 's/^[0-9]+: +//; s/ +/ /g; s/\\\\.*//; s/ (tentative|dadfailed)//g'"
}

@test "a device of the host is the container's, up, and not the host's" {
	device
	devices "{\"$DEV\":{}}"
	assert_eq "$(says "cat /sys/class/net/$DEV/operstate; ls /sys/class/net")" "$(printf 'up\n%s\nlo' "$DEV")"
	run ! ip link show "$DEV"
}

@test "a device under a new name keeps its hardware address, MTU and permanent global addresses" {
	device
	ip link set "$DEV" mtu 1300 address 02:00:00:11:22:33
	ip addr add 10.9.8.7/24 broadcast 10.9.8.255 dev "$DEV" label "$DEV:x"
	ip addr add 10.9.9.1 peer 10.9.9.2/32 metric 77 dev "$DEV"
	ip addr add fd00::7/64 dev "$DEV" nodad
	ip addr add 10.9.7.7/24 valid_lft 1000 preferred_lft 1000 dev "$DEV" # ends by itself
	ip addr add 169.254.7.7/16 scope link dev "$DEV"		       # the link's
	ip link set "$DEV" up
	devices "{\"$DEV\":{\"name\":\"eth7\"}}"
	program 'cat /sys/class/net/eth7/mtu /sys/class/net/eth7/address; sleep 1000'
	$R run -d -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	wait_until grep -q 02:00 "$BATS_TEST_TMPDIR/out"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/out")" "$(printf '1300\n02:00:00:11:22:33')"
	nsenter --net="/proc/$(cat "$BATS_TEST_TMPDIR/pid")/ns/net" ip -j addr show dev eth7 |
		jq -r '.[0].addr_info[] | select(.scope != "link" or .family == "inet") |
			[.local, .address // "-", .prefixlen, .broadcast // "-", .metric // 0, .label // "-", .dynamic // false] | @tsv' |
		sort >"$BATS_TEST_TMPDIR/addresses"
	assert_eq "$(tr '\t' ' ' <"$BATS_TEST_TMPDIR/addresses")" "$(printf '%s\n' '10.9.8.7 - 24 10.9.8.255 0 eth7:x false' \
		'10.9.9.1 10.9.9.2 32 - 77 eth7 false' 'fd00::7 - 64 - 0 - false')"
}

@test "several devices, into a namespace joined by path, where they stay" {
	device
	join_namespace
	devices "{\"$DEV\":{\"name\":\"one\"},\"$END\":{\"name\":\"two\"}}"
	assert_eq "$(says 'ls /sys/class/net | tr "\n" " "')" 'lo one two '
	assert_eq "$(nsenter --net="$NETNS_PATH" ip -o link | grep -c -E '(one|two)@')" 2
}

@test "in a user namespace the parent moves the device and sets its address" {
	device
	ip addr add 10.9.6.1/24 dev "$DEV"
	bundle_in_userns
	devices "{\"$DEV\":{\"name\":\"eth0\"}}"
	assert_eq "$(addresses eth0)" 'eth0 inet 10.9.6.1/24 scope global eth0'
}

@test "a name with %d is the first that is free" {
	device
	join_namespace
	nsenter --net="$NETNS_PATH" ip link add eth0 type veth peer name eth1
	devices "{\"$DEV\":{\"name\":\"eth%d\"}}"
	assert_eq "$(says 'ls /sys/class/net | tr "\n" " "')" 'eth0 eth1 eth2 lo '
}

@test "a name that is taken there is an error, and the device is as it was" {
	device
	ip addr add 10.9.5.1/24 dev "$DEV"
	ip link set "$DEV" up
	join_namespace
	nsenter --net="$NETNS_PATH" ip link add taken type veth peer name other
	devices "{\"$DEV\":{\"name\":\"taken\"}}"
	fails_with 1 "linux.netDevices.$DEV: there is a device named 'taken' in the container's namespace" $R create -b "$B" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	ip -o addr show dev "$DEV" | grep -q 10.9.5.1/24
	ip -o link show "$DEV" | grep -q '[<,]UP[,>]'
}

# refused: what is not created, as rows of standard input, FILTER|SENTENCE. A bar ends the filter: it has " ; " and "@=".
refused() {
	local filter wanted
	while IFS='|' read -r filter wanted; do
		runtime_setup
		config_edit "$B" "$(sed 's/ ; / | /; s/ @= / |= /' <<<"$filter")"
		fails_with 1 "$wanted" $R create -b "$B" bad </dev/null
		[ ! -e "$BATS_TEST_TMPDIR/state/bad" ]
	done
}

@test "devices that are not there, cannot go or cannot be meant are refused by name" {
	refused <<-'END'
		.linux.netDevices = {"none7":{}}|linux.netDevices.none7: find it: No such device
		.linux.netDevices = {"lo":{"name":"lo7"}}|linux.netDevices.lo: move it to the container's namespace: Invalid argument
		.linux.netDevices = {"a/b":{}}|linux.netDevices: 'a/b' is not a name of a network device
		.linux.netDevices = {"x":{"name":"a b"}}|linux.netDevices.x.name: 'a b' is not a name
		.linux.netDevices = {"x":{"name":"0123456789abcdef"}}|linux.netDevices.x.name: '0123456789abcdef' is not a name
		.linux.netDevices = {"x":{"name":"a%s"}}|linux.netDevices.x.name: 'a%s' is not a name
		.linux.netDevices = {"x":{"name":"a%d%d"}}|linux.netDevices.x.name: 'a%d%d' is not a name
		.linux.netDevices = {"x":{"name":7}}|linux.netDevices.x.name
		.linux.netDevices = {"x":{}} ; .linux.namespaces @= map(select(.type != "network"))|without a private network namespace
		.linux.netDevices = {"x":{}} ; .linux.namespaces @= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)|without a private network namespace
	END
}

# ---- sysctl ----

@test "sysctls: of a device with a dot in its name, by both spellings" {
	device
	devices "{\"$DEV\":{\"name\":\"a.1\"}}"
	config_edit "$B" '.linux.sysctl = {"net/ipv4/conf/a.1/rp_filter":"2","net.ipv4.conf.a/1.log_martians":"1","kernel/msgmax":"4242"}'
	assert_eq "$(says 'cd /proc/sys; cat net/ipv4/conf/a.1/rp_filter net/ipv4/conf/a.1/log_martians kernel/msgmax')" \
		"$(printf '2\n1\n4242')"
}

@test "sysctls: of joined namespaces, and of the domain name" {
	join_namespace
	config_edit "$B" '.linux.sysctl = {"net.ipv4.ip_forward":"1","kernel.domainname":"example.org"}'
	assert_eq "$(says 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/domainname')" "$(printf '1\nexample.org')"
	assert_eq "$(nsenter --net="$NETNS_PATH" cat /proc/sys/net/ipv4/ip_forward)" 1
}

@test "sysctls: with the pid namespace of the host there is no procfs of our own, and they are set all the same" {
	config_edit "$B" '.linux.namespaces |= map(select(.type != "pid")) | .linux.sysctl = {"net.ipv4.ip_forward":"1"} |
		.mounts |= map(select(.type != "proc")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	program 'sleep 1000'
	$R run -d -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >/dev/null 2>&1
	assert_eq "$(nsenter --net="/proc/$(cat "$BATS_TEST_TMPDIR/pid")/ns/net" cat /proc/sys/net/ipv4/ip_forward)" 1
	$R delete -f c
}

@test "sysctls: what is the host's or nobody's is refused before anything is made, and nothing of the host changes" {
	local before
	before=$(cat /proc/sys/vm/swappiness /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward)
	refused <<-'END'
		.linux.sysctl = {"vm.swappiness":"1"}|linux.sysctl: 'vm.swappiness' is not in a separate kernel namespace
		.linux.sysctl = {"net/../vm/swappiness":"1"}|linux.sysctl: 'net/../vm/swappiness' is not a key
		.linux.sysctl = {"kernel.hostname":"x"}|linux.sysctl: 'kernel.hostname' is not allowed as it conflicts with the field hostname
		.linux.sysctl = {"user.max_user_namespaces":"1"}|not allowed in the host's user namespace
		.linux.sysctl = {"kernel.msgmax":"1"} ; .linux.namespaces @= map(select(.type != "ipc"))|not allowed in the host's ipc namespace
		.linux.sysctl = {"net.ipv4.ip_forward":"1"} ; .linux.namespaces @= map(select(.type != "network"))|in the host's network namespace
		.linux.sysctl = {"net.ipv4.ip_forward":"1"} ; .linux.namespaces @= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)|in the host's network namespace
		.linux.sysctl = {"net.ipv4.no_such":"1"}|linux.sysctl: set 'net.ipv4.no_such' to '1': No such file
		.linux.sysctl = {"net.ipv4.ip_forward":"x"}|linux.sysctl: set 'net.ipv4.ip_forward' to 'x': Invalid argument
	END
	assert_eq "$(cat /proc/sys/vm/swappiness /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward)" "$before"
}
