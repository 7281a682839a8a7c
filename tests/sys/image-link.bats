#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Nothing that reads foreign bytes is linked into the programs that have privilege.

load ../lib/lighter

foreign='curl_|inflate|ZSTD_|EVP_|SSL_|transport_open|registry_get|auth_token|tar_next|extract_layer|oci_image_config_parse|oci_manifest_parse'

@test "lighter and lighter-monitor hold no symbol of fetch, archive, curl, OpenSSL, zlib or zstd" {
	local program
	for program in lighter lighter-monitor lighter-runtime; do
		[ -n "$(nm "$BUILD/src/programs/$program")" ]
		! nm "$BUILD/src/programs/$program" | grep -E " ($foreign)"
	done
	nm "$BUILD/src/programs/lighter-worker" | grep -qE " extract_layer$"
}

@test "lighter maps no library of lighter-worker's" {
	! ldd "$BUILD/src/programs/lighter" | grep -E 'curl|ssl|crypto|libz|zstd'
	ldd "$BUILD/src/programs/lighter-worker" | grep -q libcurl
}

@test "lighter-registry is apart: neither curl nor the database, and nothing of it is in lighter" {
	! ldd "$BUILD/src/programs/lighter-registry" | grep -E 'curl|sqlite|libz|zstd'
	! nm "$BUILD/src/programs/lighter-registry" | grep -E ' (store_open|transport_get|extract_layer)$'
	nm "$BUILD/src/programs/lighter-registry" | grep -qE ' http1_parse$'
	! nm "$BUILD/src/programs/lighter" | grep -E ' (http1_parse|connection_open|htpasswd_parse)$'
	[ "$(ldd "$BUILD/src/programs/lighter" | wc -l)" -le 8 ]
}
