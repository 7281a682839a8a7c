# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime's mounts: options, propagation, id maps, destinations, masks, the root.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
bats_require_minimum_version 1.5.0

setup() {
	runtime_setup
	D=$BATS_TEST_TMPDIR/data
	mkdir -p "$D/below"
	echo file >"$D/file"
}
teardown() {
	runtime_teardown
	umount -R "$D" 2>/dev/null || true
}

# mounts FILTER: more of them; $d is the data directory.
mounts() { config_edit "$B" '$ARGS.positional[0] as $d | .mounts += ['"$1"']' "$D"; }
# What the container sees of PATH...: its options and its propagation, without the ids.
SEES='sees() { for p; do awk -v p=$p '"'"'$5 == p { o = $6; for (i = 7; $i != "-"; i++) { split($i, a, ":"); o = o " " a[1] } print p, o }'"'"' /proc/self/mountinfo; done; }
'

@test "a bind keeps what no word changes; words that begin with r change what is below too" {
	mount -t tmpfs -o nosuid,nodev,noatime t "$D"
	mkdir "$D/below"
	mount -t tmpfs -o nodev t "$D/below"
	mounts '{destination:"/keep",source:$d,options:["bind"]}, {destination:"/clear",source:$d,options:["bind","noexec","dev","strictatime"]},
		{destination:"/ro",source:$d,options:["rbind","ro"]},
		{destination:"/rro",source:$d,options:["rbind","rro","rnosuid","rnoexec","rnoatime","rdev","rnosymfollow","rnodiratime"]}'
	run -0 says "$SEES"'sees /keep /clear /ro /ro/below /rro /rro/below | cut -d" " -f1,2; [ -d /keep/below/x ] || echo end'
	assert_eq "$output" '/keep rw,nosuid,nodev,noatime
/clear rw,noexec
/ro ro,noatime
/ro/below rw,nodev,relatime
/rro ro,nosuid,noexec,noatime,nodiratime,nosymfollow
/rro/below ro,nosuid,noexec,noatime,nodiratime,nosymfollow
end'
}

@test "in a user namespace a bind keeps the locked flags, and asking to clear one fails" {
	mount -t tmpfs -o nosuid,nodev,noexec,ro t "$D"
	bundle_in_userns
	mounts '{destination:"/d",source:$d,options:["rbind","noatime"]}'
	run ! says true
	config_edit "$B" '.mounts[-1].options = ["rbind","ro","nosuid"]'
	run -0 says "$SEES"'sees /d | cut -d" " -f1,2'
	assert_eq "$output" '/d ro,nosuid,nodev,noexec,relatime'
	config_edit "$B" '.mounts[-1].options = ["rbind","dev"]'
	fails_with 1 'cannot clear locked flags' says true
}

@test "propagation of binds and of new file systems; events of the host come in and none go out" {
	mount -t tmpfs t "$D"
	mount --make-shared "$D"
	mkdir "$D/below" "$D/late"
	mounts '({private:"",rprivate:"",slave:" master",rslave:" master",shared:" shared",rshared:" shared",unbindable:" unbindable",runbindable:" unbindable"} |
		keys[] as $k | {destination:"/b/\($k)",source:$d,options:["rbind",$k]}), {destination:"/b/none",source:$d,options:["rbind"]},
		{destination:"/t",type:"tmpfs",source:"t",options:["shared"]}, {destination:"/u",type:"tmpfs",source:"t",options:["unbindable"]}'
	program "$SEES"'sees /b/private /b/rprivate /b/slave /b/rslave /b/shared /b/rshared /b/unbindable /b/runbindable /b/none /t /u | cut -d" " -f1,3-
		echo end; sleep 1000'
	config_edit "$B" '.process.capabilities = ("CAP_SYS_ADMIN" | [.] | {bounding:.,effective:.,permitted:.})'
	$R run -d -b "$B" c </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	wait_until grep -q end "$BATS_TEST_TMPDIR/out"
	sed 's/ *$//' "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/seen"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/seen")" '/b/private
/b/rprivate
/b/slave master
/b/rslave master
/b/shared shared master
/b/rshared shared master
/b/unbindable unbindable
/b/runbindable unbindable
/b/none master
/t shared
/u unbindable
end'
	mount -t tmpfs late "$D/late"
	assert_eq "$($R exec c sh -c 'for p in none rslave shared private; do grep -c "/b/$p/late " /proc/self/mountinfo; done' </dev/null)" $'1\n1\n1\n0'
	$R exec --cap CAP_SYS_ADMIN c mount -t tmpfs in /b/none/below </dev/null
	! grep -q "$D/below " /proc/self/mountinfo
	$R delete -f c
	# ... but from a shared bind, if the root is to be shared as well.
	config_edit "$B" '.linux.rootfsPropagation = "rshared"'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	$R exec --cap CAP_SYS_ADMIN c mount -t tmpfs in /b/shared/below </dev/null
	grep -q "$D/below " /proc/self/mountinfo
}

# Before 6.8 the list is a walk over the tree, in the order in which mounts were attached; since then it is by their ids.
@test "a bind that holds the container's root shows the host's, and nothing of the container in it" {
	local hooks source
	for hooks in '{}' '{"createContainer":[{"path":"/bin/true"}]}'; do
		for source in / "$BATS_TEST_TMPDIR"; do
			runtime_setup
			config_edit "$B" ".hooks = $hooks | "'.mounts += [{destination:"/h",type:"bind",source:$ARGS.positional[0],options:["rbind","rro"]}]' "$source"
			says "cd /h/${B#"$source"}/rootfs && ls proc && touch x || awk '\$5 ~ \"^/h.*/rootfs\"' /proc/self/mountinfo" >"$BATS_TEST_TMPDIR/seen" 2>&1
			assert_eq "$(cat "$BATS_TEST_TMPDIR/seen")" 'touch: x: Read-only file system'
		done
	done
}

@test "mountinfo has the mounts in the order of the list" {
	local all kind
	mounts '{destination:"/1",source:$d,options:["rbind"]}, {destination:"/2",type:"tmpfs",source:"t"},
		{destination:"/3",source:($d + "/file"),options:["bind","ro"]}, {destination:"/4",source:$d,options:["bind","unbindable"]},
		{destination:"/5",type:"tmpfs",source:"t"}'
	all=$(jq -r '.mounts[].destination' "$B/config.json")
	program 'while read -r _ _ _ _ to _; do echo "$to"; done </proc/self/mountinfo'
	$R run -b "$B" c </dev/null | grep -xF "$all" >"$BATS_TEST_TMPDIR/seen"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/seen")" "$all"
	# In a user namespace the parent binds, and only what it makes itself keeps its turn.
	bundle_in_userns
	config_edit "$B" 'del(.mounts[] | select(.type == null))'
	all=$(jq -r '.mounts[].destination' "$B/config.json")
	$R run -b "$B" c </dev/null | grep -xF "$all" >"$BATS_TEST_TMPDIR/seen"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/seen")" "$all"
}

@test "rootfsPropagation: the root's own propagation" {
	local word
	for word in private rprivate slave rslave shared rshared unbindable runbindable; do
		config_edit "$B" '.linux.rootfsPropagation = $ARGS.positional[0]' "$word"
		echo "$word$(says "$SEES"'sees / | cut -d" " -f3-' | tail -1)"
	done >"$BATS_TEST_TMPDIR/seen"
	assert_eq "$(sed 's/ *$//' "$BATS_TEST_TMPDIR/seen" | grep -E 'shared|unbindable')" 'sharedshared
rsharedshared
unbindableunbindable
runbindableunbindable'
	! grep -E '^r?(private|slave)shared' "$BATS_TEST_TMPDIR/seen"
	config_edit "$B" '.linux.rootfsPropagation = "sideways"'
	fails_with 1 'linux.rootfsPropagation' says true
}

@test "tmpfs: the mode below, its own, tmpcopyup, read-only with a mount on it; a remount" {
	mkdir -p "$B/rootfs/m" "$B/rootfs/up/sub"
	chmod 1751 "$B/rootfs/m"
	echo up >"$B/rootfs/up/sub/f"
	ln -s ../../../../etc/shadow "$B/rootfs/up/l"
	chown -h 5:6 "$B/rootfs/up/sub/f"
	mounts '{destination:"/m",type:"tmpfs",source:"t"}, {destination:"/new",type:"tmpfs",source:"t",options:["mode=700"]},
		{destination:"/up",type:"tmpfs",source:"t",options:["tmpcopyup","ro"]}, {destination:"/up/data",source:$d,options:["rbind"]},
		{destination:"/keep",source:$d,options:["rbind"]}, {destination:"/keep",options:["remount","bind","ro"]}, {destination:"rel",type:"tmpfs",source:"t"}'
	run -0 --separate-stderr says 'stat -c "%n %a" /m /new; stat -c "%u:%g" /up/sub/f; cat /up/sub/f /up/data/file; readlink /up/l
		(: >/up/x) 2>/dev/null || echo ro; (: >/keep/x) 2>/dev/null || echo ro; (: >/up/data/x) && echo rw; ls -d /rel'
	assert_eq "$output" $'/m 1751\n/new 700\n5:6\nup\nfile\n../../../../etc/shadow\nro\nro\nrw\n/rel'
	[[ $stderr == *"destination 'rel' is not absolute"* ]]
	[ ! -e "$B/rootfs/up/data" ]
	config_edit "$B" '.mounts = .mounts[:-7] + [{destination:"/x",type:"tmpfs",source:"t",options:["bogus=1"]}]'
	fails_with 1 'bogus' says true
}

@test "destinations: links, '..', dangling links, missing files stay below the root" {
	local host=$BATS_TEST_TMPDIR/host
	mkdir -p "$host"
	ln -s "$host" "$B/rootfs/abs"
	ln -s ../../../../../../up "$B/rootfs/rel"
	ln -s /not/there "$B/rootfs/dangling"
	mounts '{destination:"/abs/dir",source:$d,options:["bind"]}, {destination:"/rel/dir",source:$d,options:["bind"]},
		{destination:"/dangling/f",source:"\($d)/file",options:["bind"]}, {destination:"/etc/../deep/./f",source:"\($d)/file",options:["bind"]},
		{destination:"/../../outside",source:$d,options:["bind"]}'
	run -0 says "cat $host/dir/file /up/dir/file /not/there/f /deep/f /outside/file"
	assert_eq "$output" $'file\nfile\nfile\nfile\nfile'
	[ -z "$(ls "$host")" ]
	[ ! -e /up ] && [ ! -e /not ] && [ ! -e /outside ]
}

@test "the words of crun: copy-symlink, src-nofollow, dest-nofollow" {
	ln -s file "$D/link"
	ln -s /etc/passwd "$B/rootfs/place"
	mounts '{destination:"/copied",source:"\($d)/link",options:["rbind","copy-symlink"]}, {destination:"/dir/also",source:"\($d)/link",options:["copy-symlink","bind"]},
		{destination:"/through",source:"\($d)/link",options:["bind"]}'
	run -0 says 'readlink /copied; readlink /dir/also; cat /through'
	assert_eq "$output" $'file\nfile\nfile'
	run -0 says 'readlink /copied'
	rm "$B/rootfs/copied"
	ln -s other "$B/rootfs/copied"
	fails_with 1 'already exists with a different content' says true
	rm "$B/rootfs/copied"
	mounts '{destination:"/place",source:"\($d)/link",options:["bind","src-nofollow","dest-nofollow"]}'
	run -0 says 'readlink /place; head -c4 /etc/passwd'
	assert_eq "$output" $'file\nroot'
}

@test "idmapped mounts: maps of their own, of crun's option, of the container" {
	mkdir "$BATS_TEST_TMPDIR/elsewhere" # a tmpfs can be mapped since 6.3 only
	mount --bind "$D" "$D"
	mount --bind "$BATS_TEST_TMPDIR/elsewhere" "$D/below"
	: >"$D/f" && : >"$D/below/f"
	chown 10:20 "$D/f" "$D/below/f"
	mounts '{destination:"/a",source:$d,options:["rbind","idmap"],uidMappings:[{containerID:0,hostID:1000,size:100}],gidMappings:[{containerID:0,hostID:2000,size:100}]},
		{destination:"/b",source:$d,options:["rbind","ridmap"],uidMappings:[{containerID:0,hostID:1000,size:100}],gidMappings:[{containerID:0,hostID:2000,size:100}]},
		{destination:"/c",source:$d,options:["bind","idmap=uids=10-7-1;gids=20-8-1"]}'
	run -0 says 'stat -c %u:%g /a/f /a/below/f /b/f /b/below/f /c/f'
	assert_eq "$output" $'1010:2020\n10:20\n1010:2020\n1010:2020\n7:8'
	config_edit "$B" '.mounts = .mounts[:-3] + [{destination:"/a",source:$ARGS.positional[0],options:["bind","idmap"]}]' "$D"
	fails_with 1 'idmap' says true
	bundle_in_userns
	fails_with 1 "must not be uncovered in a user namespace" says true
	config_edit "$B" '.mounts[-1].options[0] = "rbind"'
	run -0 says 'stat -c %u:%g /a/f; : >/a/new'
	assert_eq "$output" 10:20
	assert_eq "$(stat -c %u:%g "$D/new")" 0:0
	config_edit "$B" '.mounts[-1].options[1] = "idmap=uids=@0-5-1;gids=nonsense"'
	fails_with 1 "is not a mapping" says true
}

@test "a hundred mounts, one of a source in the own root as it then is, and one over /" {
	mkdir -p "$B/rootfs/own"
	mounts '(range(100) | {destination:"/n/\(.)",source:$d,options:["rbind"]}), {destination:"/own",type:"tmpfs",source:"t"},
		{destination:"/seen",source:"'"$B"'/rootfs/own",options:["bind"]}'
	run -0 says 'grep -c " /n/" /proc/self/mountinfo; cat /n/99/file; : >/own/f; ls /seen'
	assert_eq "$output" $'100\nfile\nf'
	bundle_new "$BATS_TEST_TMPDIR/other"
	echo other >"$BATS_TEST_TMPDIR/other/rootfs/mark"
	bundle_new "$B"
	config_edit "$B" '.mounts = [{destination:"/",source:$ARGS.positional[0],options:["rbind"]}] + .mounts' "$BATS_TEST_TMPDIR/other/rootfs"
	run -0 says 'cat /mark; ls -d /proc/1'
	assert_eq "$output" $'other\n/proc/1'
}

@test "what would replace /proc or lead into it is refused" {
	refused() { # REGEX MOUNT
		bundle_new "$B"
		mounts "$2"
		fails_with 1 "$1" says true
	}
	refused "because it is not of type proc" '{destination:"/proc",source:$d,options:["rbind"]}'
	refused "because it is inside /proc" '{destination:"/proc/sys",type:"tmpfs",source:"t"}'
	ln -s proc/self "$B/rootfs/way"
	refused "because it is inside /proc" '{destination:"/way/attr",source:$d,options:["rbind"]}'
	rm "$B/rootfs/way"
	bundle_new "$B"
	rmdir "$B/rootfs/proc"
	ln -s tmp "$B/rootfs/proc"
	fails_with 1 'must be mounted on ordinary directory' says true
	rm "$B/rootfs/proc"
	bundle_new "$B"
	mounts '{destination:"/proc/uptime",source:"\($d)/file",options:["bind"]}'
	run -0 says 'cat /proc/uptime'
	assert_eq "$output" file
}

@test "masked and read-only paths; a read-only root" {
	mkdir -p "$B/rootfs/secret" "$B/rootfs/fixed"
	echo s >"$B/rootfs/secret/f"
	echo s >"$B/rootfs/sfile"
	mounts '{destination:"/fixed/rw",source:$d,options:["rbind"]}'
	config_edit "$B" '.root.readonly = true | .linux.maskedPaths = ["/secret","/secret","/secret/f","/sfile","/missing","/sfile/below","/tmp"] |
		.linux.readonlyPaths = ["/fixed","/missing","/proc/sys"]'
	run -0 says 'ls -A /secret /tmp | grep -v :; cat /sfile; for f in /x /secret/x /tmp/x /fixed/x /proc/sys/kernel/panic; do (: >$f) 2>/dev/null || echo ro; done
		(: >/fixed/rw/x) && echo rw; grep -c " /secret " /proc/self/mountinfo'
	assert_eq "$(grep . <<<"$output")" $'ro\nro\nro\nro\nro\nrw\n1'
	[ -e "$D/x" ]
}

@test "no_pivot: the same container, without a way back" {
	mounts '{destination:"/d",source:$d,options:["rbind"]}'
	program 'cat /d/file; echo $$; ls / | tr "\n" " "; awk "\$5 == \"/\"" /proc/self/mountinfo | wc -l'
	run -0 $R run --no-pivot -b "$B" c
	assert_eq "${lines[0]} ${lines[1]}" 'file 1'
	[[ ${lines[2]} == *bin*proc* ]]
}

@test "cgroup: read-only, the container's own at the top or all of them, with and without a namespace" {
	local ns
	mounts '{destination:"/sys/fs/cgroup",type:"cgroup",source:"cgroup",options:["nosuid","noexec","nodev","relatime","ro"]}'
	for ns in shared own; do
		[ $ns = shared ] || config_edit "$B" '.linux.namespaces += [{type:"cgroup"}]'
		# v2 alone: where the kernel says that the container is; v1: at the top of each hierarchy
		run -0 says 'cd /sys/fs/cgroup; stat -f -c %t .; p=.$(sed -n s/^0:://p /proc/self/cgroup)/cgroup.procs
			[ -e $p ] || p=$(find . -name cgroup.procs -maxdepth 2 | head -1); grep -cx 1 $p; (: >x) 2>/dev/null || echo ro
			[ ! -e cpu ] || [ -d cpu/ ] && echo dir; for f in */; do (mkdir ${f}x) 2>/dev/null && echo writable; done; true'
		if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then assert_eq "${lines[0]}" 63677270; else assert_eq "${lines[0]}" 1021994; fi
		assert_eq "${lines[1]} ${lines[2]} ${lines[3]}" '1 ro dir'
		! grep -q writable <<<"$output"
	done
}

@test "run.oci.systemd.force_cgroup_v1: the hierarchy of systemd's name and nothing else" {
	mounts '{destination:"/sys/fs/cgroup",type:"cgroup",source:"cgroup",options:["nosuid","noexec","nodev"]}'
	config_edit "$B" '.annotations["run.oci.systemd.force_cgroup_v1"] = "//sys/fs/cgroup/" | .linux.namespaces += [{type:"cgroup"}]'
	if ! grep -q ' - cgroup .*name=systemd' /proc/self/mountinfo; then
		fails_with 1 "annotations.run.oci.systemd.force_cgroup_v1: '/sys/fs/cgroup': no hierarchy 'name=systemd' of cgroup v1" says true
		return
	fi
	run -0 says 'cd /sys/fs/cgroup; ls; cat systemd/cgroup.procs | head -n 1; mkdir systemd/own && echo made; grep -c . systemd/own/tasks; true'
	assert_eq "$output" $'systemd\n1\nmade\n0'
}

@test "sysfs in a user namespace without a network namespace of its own is the host's, without its cgroups" {
	bundle_in_userns
	config_edit "$B" '.linux.namespaces |= map(select(.type != "network")) | .linux.maskedPaths = []'
	run -0 says '[ -d /sys/class/net/lo ] && echo net; ls -A /sys/fs/cgroup | wc -l; (echo x >/sys/x) 2>/dev/null || echo ro'
	assert_eq "$output" $'net\n0\nro'
}

@test "an overlay with more layers than one option can have" {
	local i lower=
	for i in $(seq 12); do mkdir -p "$D/layer-of-a-long-name-$i/d"; echo $i >"$D/layer-of-a-long-name-$i/d/$i"; lower+=:$D/layer-of-a-long-name-$i; done
	config_edit "$B" '.mounts += [{destination:"/o",type:"overlay",source:"overlay",options:["lowerdir=\($ARGS.positional[0])","ro"]}]' "${lower:1}"
	run -0 says 'cat /o/d/* | wc -l'
	assert_eq "$output" 12
}
