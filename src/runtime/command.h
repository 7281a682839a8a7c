/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The command line of lighter-runtime: runc's verbs and flags. Returns the exit status. */

int command_main(int argc, char **argv);
