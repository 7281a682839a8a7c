# SPDX-License-Identifier: Apache-2.0
# An ordinary user: daemon, who has ids of his own in /etc/subuid, a runtime directory and a copy of the runtime.

# In setup_file: the user's ids, for newuidmap; the capsule's mount namespace keeps them from the machine.
rootless_ids() {
	echo 'daemon:100000:65536' >"$BATS_FILE_TMPDIR/ids"
	chmod 644 "$BATS_FILE_TMPDIR/ids"
	mount --bind "$BATS_FILE_TMPDIR/ids" /etc/subuid
	mount --bind "$BATS_FILE_TMPDIR/ids" /etc/subgid
}

# In teardown_file.
rootless_no_ids() {
	umount /etc/subuid /etc/subgid
}

# rootless_home DIR: a directory of the user's that he can reach, with the runtime and a directory for its state.
rootless_home() {
	local path=$1
	mkdir -p "$1/run"
	cp "$BUILD/src/programs/lighter-runtime" "$1/"
	chown -R daemon:daemon "$1"
	while [ "$path" != "${LIGHTER_CAPSULE%/*}" ]; do
		chmod a+x "$path"
		path=${path%/*}
	done
}

# as_user COMMAND...: HOME is the directory of rootless_home.
as_user() {
	(cd "$HOME" && exec setpriv --reuid daemon --regid daemon --clear-groups --inh-caps=-all \
		env -i PATH="$HOME:$PATH" HOME="$HOME" XDG_RUNTIME_DIR="$HOME/run" USER=daemon "$@")
}
