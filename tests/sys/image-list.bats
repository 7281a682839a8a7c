#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Lists of images: templates, filters, digests, the tree; names that come and go; the history.

load ../lib/lighter
load ../lib/instance

setup() {
	instance_of_test
	image_layers "$BATS_TEST_TMPDIR/layout" app:one
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$BATS_TEST_TMPDIR/one.tar" .
	lighter load -q -i "$BATS_TEST_TMPDIR/one.tar"
	ID=$(lighter images -q --no-trunc)
}

# another_image NAME LABEL CREATED: a second image of the same layers
another_image() {
	local manifest config
	cp -r "$BATS_TEST_TMPDIR/layout" "$BATS_TEST_TMPDIR/other"
	python3 - "$BATS_TEST_TMPDIR/other" "$@" <<-'END'
		import hashlib, json, sys
		top, name, label, created = sys.argv[1:]
		read = lambda d: json.load(open(f"{top}/blobs/sha256/{d[7:]}"))
		def write(doc):
		    data = json.dumps(doc).encode()
		    digest = hashlib.sha256(data).hexdigest()
		    open(f"{top}/blobs/sha256/{digest}", "wb").write(data)
		    return "sha256:" + digest, len(data)
		index = json.load(open(f"{top}/index.json"))
		manifest = read(index["manifests"][0]["digest"])
		config = read(manifest["config"]["digest"])
		config["created"] = created
		config["config"]["Labels"] = {"stage": label}
		config["history"][0].update(created_by="/bin/sh -c #(nop)  ADD file:0123456789abcdef in / ", comment="first")
		config["history"].insert(1, {"created": created, "created_by": 'CMD ["sh"]', "empty_layer": True})
		manifest["config"]["digest"], manifest["config"]["size"] = write(config)
		index["manifests"][0]["digest"], index["manifests"][0]["size"] = write(manifest)
		index["manifests"][0]["annotations"] = {"io.containerd.image.name": "docker.io/library/" + name}
		json.dump(index, open(f"{top}/index.json", "w"))
	END
	tar -C "$BATS_TEST_TMPDIR/other" -cf "$BATS_TEST_TMPDIR/other.tar" .
	lighter load -q -i "$BATS_TEST_TMPDIR/other.tar"
}

@test "tag gives a name to an image by name and by id, and takes it from another" {
	lighter tag app:one app:two
	lighter image tag "${ID:7:12}" quay.io/team/app
	[ "$(lighter images --format '{{.Repository}}:{{.Tag}}' | sort | paste -sd ' ')" = "app:one app:two quay.io/team/app:latest" ]
	another_image other:1 prod 2024-06-01T00:00:00Z
	lighter tag app:one other:1
	[ "$(lighter images --format '{{.ID}}' other:1)" = "${ID:7:12}" ]
	[ "$(lighter images -q -f dangling=true | wc -l)" -eq 1 ]
	jq -e '.manifests | map(.annotations["org.opencontainers.image.ref.name"]) | contains(["docker.io/library/app:two"])' \
		"$LIGHTER_ROOT/images/index.json"
	run lighter tag nosuch app:three
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: no such image: nosuch" ]
	run lighter tag app:one "app@sha256:$(printf 'a%.0s' {1..64})"
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: refusing to create a tag with a digest reference" ]
	run lighter tag app:one
	[ "$status" -eq 1 ]
	[[ "${lines[0]}" == *"requires exactly 2 arguments"* ]]
}

@test "a template sees what Docker shows it, and json all of it" {
	[ "$(lighter images --format '{{.Repository}} {{.Tag}} {{.ID}} {{.CreatedAt}}')" = "app one ${ID:7:12} 2024-05-01 12:00:00 +0000 UTC" ]
	[ "$(lighter images --no-trunc --format '{{.ID}}')" = "$ID" ]
	lighter images --format json | jq -e '.Repository == "app" and .Tag == "one" and .Containers == "N/A"
		and (.Digest | startswith("sha256:")) and (.CreatedSince | endswith(" ago")) and (.Size | endswith("kB"))'
	[ "$(lighter images --format '{{.Tag}}\t{{upper .Tag}}\n-')" = $'one\tONE\n-' ]
	[ "$(lighter images --format raw | head -2)" = $'repository: app\ntag: one' ]
	[ "$(lighter images -q --format '{{.Tag}}')" = one ]
	run lighter images --format '{{.Nothing}}'
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: template: 1:3: <.Nothing>: there is no field 'Nothing'" ]
	run lighter images --format '{{.ID'
	[ "$status" -eq 1 ]
}

@test "a table of the user's own has heads, and columns as wide as they must be" {
	run lighter images --format 'table {{.Repository}}\t{{upper .Tag}}\t{{.ID}}'
	[ "${lines[0]}" = "REPOSITORY   TAG       IMAGE ID" ]
	[ "${lines[1]}" = "app          ONE       ${ID:7:12}" ]
	[ "$(lighter images --format table)" = "$(lighter images)" ]
}

@test "--digests shows the manifest's digest, -a lists everything" {
	local digest
	digest=$(jq -r '.manifests[0].digest' "$LIGHTER_ROOT/images/index.json")
	run lighter images --digests
	[[ "${lines[0]}" =~ ^REPOSITORY\ +TAG\ +DIGEST\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
	[[ "${lines[1]}" == "app "*"$digest"* ]]
	[ "$(lighter images -a)" = "$(lighter images)" ]
}

@test "filters: dangling, label, before, since, until, reference; others are refused" {
	another_image other:1 prod 2024-06-01T00:00:00Z
	[ "$(lighter images --format '{{.Tag}}' -f label=stage)" = 1 ]
	[ "$(lighter images --format '{{.Tag}}' -f label=stage=prod)" = 1 ]
	[ -z "$(lighter images -q -f label=stage=test)" ]
	[ "$(lighter images --format '{{.Tag}}' -f before=other:1)" = one ]
	[ "$(lighter images --format '{{.Tag}}' -f since=app:one)" = 1 ]
	[ "$(lighter images --format '{{.Tag}}' -f until=2024-05-15)" = one ]
	[ "$(lighter images --format '{{.Repository}}' -f 'reference=o*')" = other ]
	[ "$(lighter images --format '{{.Repository}}' -f 'reference=*:one' -f 'reference=other')" = $'other\napp' ]
	[ "$(lighter images --format '{{.Repository}}' app)" = app ]
	[ -z "$(lighter images -q -f dangling=true)" ]
	[ "$(lighter images -q -f dangling=false | wc -l)" -eq 2 ]
	run lighter images -f color=red
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: invalid filter 'color'" ]
	run lighter images -f red
	[[ "$output" == *"bad format of filter (expected name=value)"* ]]
	run lighter images -f before=nosuch
	[ "$output" = "lighter: no such image: nosuch" ]
}

@test "--tree shows names, platform and what both forms of an image take" {
	lighter tag app:one app:two
	run lighter image ls --tree
	[[ "${lines[0]}" =~ ^IMAGE\ +ID\ +DISK\ USAGE\ +CONTENT\ SIZE$ ]]
	[ "${lines[1]%% *}" = app:one ]
	[[ "${lines[2]}" =~ ^app:two\ +${ID:7:12}\ +12[0-9]kB\ +6[0-9.]+kB$ ]]
	[[ "${lines[3]}" == "└─ linux/"*kB ]]
	run lighter image ls --tree -q
	[ "$status" -eq 1 ]
}

@test "rmi: one of two names, an id of two names, force; what goes is said" {
	lighter tag app:one app:two
	[ "$(lighter rmi app:two)" = "Untagged: app:two" ]
	lighter tag app:one app:two
	run lighter rmi "${ID:7:12}"
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: conflict: unable to delete ${ID:7:12} (must be forced) - image is referenced in multiple repositories" ]
	run lighter rmi -f "${ID:7:12}"
	[ "$status" -eq 0 ]
	[ "${lines[0]} ${lines[1]} ${lines[2]}" = "Untagged: app:one Untagged: app:two Deleted: $ID" ]
	[ "${#lines[@]}" -eq 6 ]
	[ -z "$(ls "$LIGHTER_ROOT/layers")" ]
	run lighter rmi app:one
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: no such image: app:one" ]
}

@test "rmi --no-prune leaves the layers until the next one" {
	run lighter rmi --no-prune app:one
	[ "$output" = $'Untagged: app:one\nDeleted: '"$ID" ]
	[ "$(ls "$LIGHTER_ROOT/layers" | wc -l)" -eq 3 ]
	another_image other:1 prod 2024-06-01T00:00:00Z
	lighter rmi other:1
	[ -z "$(ls "$LIGHTER_ROOT/layers")" ]
}

@test "rmi of what a container uses: Docker's sentences; -f keeps the image of a running one" {
	lighter create --name user app:one true
	run lighter rmi app:one
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: conflict: unable to remove repository reference \"app:one\" (must force) - container $(lighter ps -aq) is using its referenced image ${ID:7:12}" ]
	run lighter rmi "${ID:7:12}"
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: conflict: unable to delete ${ID:7:12} (must be forced) - image is being used by stopped container $(lighter ps -aq)" ]
	lighter tag app:one app:two
	[ "$(lighter rmi app:two)" = "Untagged: app:two" ]
	lighter rm user
	lighter rmi app:one
}

@test "rmi -f of a running container's image takes its name alone" {
	local root=$BATS_TEST_TMPDIR/busybox
	rootfs_busybox "$root"
	tar -C "$root" --numeric-owner -cf "$root.tar" .
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$root.layout" busybox:latest "$root.tar"
	tar -C "$root.layout" -cf "$root.image" .
	lighter load -q -i "$root.image"
	lighter run -d --name user busybox sleep 1000
	[ "$(lighter rmi -f busybox)" = "Untagged: busybox:latest" ]
	[ "$(lighter images -q -f dangling=true | wc -l)" -eq 1 ]
	run lighter rmi -f "$(lighter images -q -f dangling=true)"
	[ "$status" -eq 1 ]
	[[ "$output" == *"(cannot be forced) - image is being used by running container $(lighter ps -q)" ]]
	[ "$(lighter exec user echo works)" = works ]
	lighter rm -f user
	lighter rmi "$(lighter images -q -f dangling=true)"
}

@test "history: newest first, sizes of layers, what made them; -q, --no-trunc, --human, --format" {
	another_image other:1 prod 2024-06-01T00:00:00Z
	run lighter history other:1
	[[ "${lines[0]}" =~ ^IMAGE\ +CREATED\ +CREATED\ BY\ +SIZE\ +COMMENT$ ]]
	[ "${#lines[@]}" -eq 5 ]
	[[ "${lines[3]}" =~ ^\<missing\>\ +.*ago\ +CMD\ \[\"sh\"\]\ +0B\ *$ ]]
	[[ "${lines[4]}" =~ ^\<missing\>\ +.*ago\ +/bin/sh\ -c\ \#\(nop\)\ \ ADD\ file:0123456789abcdef…\ +20kB\ +first$ ]]
	[ "$(lighter history -q other:1 | sort | uniq -c | sort -n | awk '{ print $1 }' | paste -sd ' ')" = "1 3" ]
	[ "$(lighter history -q --no-trunc other:1 | head -1)" = "$(lighter images -q --no-trunc other:1)" ]
	[[ "$(lighter history --no-trunc other:1)" == *"ADD file:0123456789abcdef in / "* ]]
	[[ "$(lighter history --human=false other:1 | sed -n 4p)" =~ 2024-06-01T00:00:00Z\ +CMD\ \[\"sh\"\]\ +0\ *$ ]]
	[[ "$(lighter history -H=false other:1 | head -1)" == *"CREATED AT"* ]]
	[ "$(lighter history --format '{{.Size}}|{{.Comment}}|{{.CreatedAt}}' other:1 | tail -1)" = "20kB|first|2024-05-01T12:00:00Z" ]
	[ "$(lighter history --format json other:1 | jq -s 'length')" -eq 4 ]
	run lighter image history nosuch
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: no such image: nosuch" ]
}
