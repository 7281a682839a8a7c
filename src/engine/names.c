/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* Names for containers that were given none: what a lighter is like, and what it carries or meets. */

#include <stdio.h>
#include <sys/random.h>

#include "base/own.h"

static const char *const qualities[] = {
	"able", "amber", "brave", "bright", "brisk", "broad", "calm", "clean", "clear", "deep", "dry", "eager", "early",
	"fair", "firm", "fresh", "gentle", "glad", "golden", "grand", "green", "happy", "hardy", "honest", "keen", "kind",
	"laden", "lively", "lucky", "mild", "neat", "nimble", "noble", "patient", "plain", "proud", "quick", "quiet",
	"ready", "round", "rusty", "salty", "silver", "sleek", "sober", "steady", "stout", "sturdy", "sunny", "swift",
	"tidy", "trim", "trusty", "upright", "warm", "weary", "wide", "wily", "windy", "worthy",
};

static const char *const things[] = {
	"anchor", "barge", "barrel", "beacon", "bell", "bollard", "bow", "breeze", "bridge", "buoy", "cable", "cargo",
	"cask", "channel", "cleat", "coal", "compass", "crane", "crate", "current", "deck", "dock", "ebb", "estuary",
	"ferry", "flag", "gangway", "grain", "gull", "harbor", "hatch", "helm", "heron", "hull", "jetty", "keel", "lantern",
	"ledger", "lock", "mast", "mooring", "oar", "pier", "pilot", "plank", "quay", "rope", "rudder", "sail", "salt",
	"shore", "tide", "tiller", "timber", "towline", "tug", "wake", "wave", "wharf", "winch",
};

int names_make(char to[static 64])
{
	uint16_t random[3];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -EIO;
	(void)snprintf(to, 64, "%s_%s%u", qualities[random[0] % ARRAY_SIZE(qualities)], things[random[1] % ARRAY_SIZE(things)],
		       random[2] % 100);
	return 0;
}
