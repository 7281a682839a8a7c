# SPDX-License-Identifier: Apache-2.0
# What the set-up fetches packages with.

# apt_of SUITE DIR: makes the array `apt` the options with which apt-get and apt-cache know the packages of a Debian suite. One that
# the machine does not use gets lists of its own in DIR, from the machine's own mirror.
apt_of() {
	local suite=$1 lists=$2/apt-$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg targets mirror
	targets=$(apt-get indextargets --format '$(SITE) $(CODENAME) $(LABEL)' 'Created-By: Packages' | grep ' Debian$')
	apt=(-o APT::Sandbox::User=root)
	! grep -q " $suite " <<<"$targets" || return 0
	read -r mirror _ < <(head -n 1 <<<"$targets")
	mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
	: >"$lists/status"
	echo "deb [arch=amd64 signed-by=$keys] $mirror $suite main" >"$lists/sources.list"
	# The clock may be ahead of what the mirror has signed.
	apt+=(-o "Dir::Etc::SourceList=$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$lists/lists"
		-o "Dir::State::Status=$lists/status" -o "Dir::Cache=$lists/cache" -o Acquire::Check-Valid-Until=false
		-o Acquire::Languages=none)
	[ -n "$(ls "$lists"/lists/*_Packages* 2>/dev/null)" ] || apt-get -qq "${apt[@]}" update >&2
}
