#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The specification's own conformance program (tests/setup/distribution-spec) against `lighter registry serve`: everything
# that it can test passes, what the coming version of the specification adds included.

load ../lib/lighter
load ../lib/serve

teardown() {
	serve_stop
}

conforms() { # [VARIABLE=VALUE...]: with these it passes and skips nothing
	local out=$BATS_TEST_TMPDIR/out
	(
		cd "$BATS_TEST_TMPDIR"
		env OCI_REGISTRY="$REGISTRY" OCI_TLS=disabled OCI_REPO1=one/first OCI_REPO2=two/second "$@" \
			"$("$BATS_TEST_DIRNAME/../setup/distribution-spec")/conformance"
	) >"$out" 2>&1 || { grep -E 'level=WARN|FAIL' "$out"; return 1; }
	grep -qE 'Conformance Result: Pass' "$out"
	grep -qE '^  FAIL\.*: +0$' "$out"
	grep -qE '^  Error\.*: +0$' "$out"
	grep -qE '^  Skip\.*: +0$' "$out"
	passed=$(sed -nE 's/^  Pass\.*: +([0-9]+)$/\1/p' "$out")
}

@test "version 1.1 of the specification: all pass, none is skipped" {
	serve_start
	conforms
	[ "$passed" -ge 850 ]
}

@test "the coming version: upload cancellation, digest fields, tag parameters" {
	serve_start
	conforms OCI_VERSION=dev
	[ "$passed" -ge 970 ]
	! grep -q level=error "$SERVE_LOG"
}

@test "with names and passwords" {
	perl -e 'print "anna:", crypt("secret", "\$2y\$04\$abcdefghijklmnopqrstuu"), "\n"' >"$BATS_TEST_TMPDIR/htpasswd"
	serve_start --htpasswd "$BATS_TEST_TMPDIR/htpasswd"
	conforms OCI_USERNAME=anna OCI_PASSWORD=secret
	[ "$passed" -ge 850 ]
}
