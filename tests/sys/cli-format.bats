#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Templates and filters of ps, inspect, version and info.

load ../lib/lighter
load ../lib/busybox

setup_file() {
	busybox_image
	lighter run -d --name web --label stage=prod --label team=red -v /usr/share:/share:ro busybox sleep 1000
	lighter run --name done busybox sh -c 'exit 3' || true
	lighter create --name "new" busybox true
}

teardown_file() {
	lighter rm -f web "done" "new"
}

@test "ps --format: a template, a table of one's own, json, raw" {
	[ "$(lighter ps --format '{{.Names}} {{.State}} {{.Image}} {{.Command}}')" = 'web running busybox "sleep 1000"' ]
	[ "$(lighter ps --format '{{.Label "stage"}}/{{.Label "none"}}/{{.Labels}}')" = "prod//stage=prod,team=red" ]
	[ "$(lighter ps --format '{{.Mounts}} {{.Networks}}')" = "/usr/share $(lighter inspect -f '{{.HostConfig.NetworkMode}}' web)" ]
	run lighter ps -a --format 'table {{.Names}}\t{{.Label "stage"}}\t{{.State}}'
	[[ "${lines[0]}" =~ ^NAMES\ +stage\ +STATE$ ]]
	[ "${#lines[@]}" -eq 4 ]
	lighter ps -a --format json | jq -se 'length == 3 and (map(.State) | sort == ["created", "exited", "running"])
		and (.[] | select(.Names == "web") | .Status | startswith("Up "))'
	[ "$(lighter ps --format raw | sed -n 7,8p)" = $'names: web\nlabels: stage=prod,team=red' ]
	[ "$(lighter ps -q --no-trunc)" = "$(lighter ps --no-trunc --format '{{.ID}}')" ]
	run lighter ps --format '{{.Nothing}}'
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: template: 1:3: <.Nothing>: there is no field 'Nothing'" ]
}

chosen() { # FILTER...: names
	local args=() f
	for f; do
		args+=(--filter "$f")
	done
	lighter ps -a --format '{{.Names}}' "${args[@]}" | sort | paste -sd ' '
}

@test "ps --filter: status, name, id, label, ancestor, exited, before, since; others are refused" {
	[ "$(chosen status=exited)" = "done" ]
	[ "$(chosen status=exited status=created)" = "done new" ]
	[ "$(lighter ps --format '{{.Names}}' -f status=created)" = "new" ]
	[ "$(chosen name=e)" = "done new web" ]
	[ "$(chosen 'name=^/web$')" = web ]
	[ "$(chosen "id=$(lighter inspect -f '{{.Id}}' web | cut -c1-12)")" = web ]
	[ "$(chosen label=team)" = web ]
	[ -z "$(chosen label=team label=stage=test)" ]
	[ "$(chosen ancestor=busybox:latest)" = "done new web" ]
	[ "$(chosen "ancestor=$(lighter images -q)")" = "done new web" ]
	[ -z "$(chosen ancestor=debian)" ]
	[ "$(chosen exited=3)" = "done" ]
	[ -z "$(chosen exited=0)" ]
	[ "$(chosen before=done)" = web ]
	[ "$(chosen since=done)" = "new" ]
	run lighter ps --filter health=healthy
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: invalid filter 'health'" ]
	run lighter ps --filter status=green
	[ "$output" = "lighter: invalid filter 'status=green'" ]
	run lighter ps --filter 'name=('
	[[ "$output" == *"no regular expression"* ]]
}

@test "ps -n and -l: the last containers, whatever their state" {
	[ "$(lighter ps -l --format '{{.Names}}')" = "new" ]
	[ "$(lighter ps -n 2 --format '{{.Names}}' | paste -sd ' ')" = "new done" ]
}

@test "inspect --format: a line an object, json, --type, and what goes wrong" {
	[ "$(lighter inspect -f '{{.State.Running}} {{index .Config.Labels "stage"}}' web)" = "true prod" ]
	[ "$(lighter container inspect -f '{{range .Mounts}}{{.Source}}:{{.Destination}}{{end}}' web)" = /usr/share:/share ]
	[ "$(lighter inspect -f '{{.State.ExitCode}}' web done | paste -sd ' ')" = "0 3" ]
	[ "$(lighter inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' web)" = none ]
	lighter inspect -f json web | jq -e 'length == 1 and .[0].Name == "/web"'
	[ "$(lighter inspect -f json web | wc -l)" -eq 1 ]
	lighter inspect -f '{{json .Config.Labels}}' web | jq -e '. == {"stage": "prod", "team": "red"}'
	[ "$(lighter inspect --type image -f '{{index .RepoTags 0}}' busybox)" = busybox:latest ]
	run lighter inspect --type image web
	[ "$status" -eq 1 ]
	run lighter inspect --type teapot web
	[ "$output" = 'lighter: "teapot" is not a valid value for --type' ]
	run lighter inspect -f '{{.State.Nothing.More}}' web
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: template: 1:3: <.State.Nothing.More>: there is no value that could have a field 'More'" ]
	run lighter inspect -f '{{.Id}}' web nosuch
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "$(lighter inspect -f '{{.Id}}' web)" ] || [ "${lines[0]}" = "$(lighter inspect -f '{{.Id}}' web)" ]
}

@test "image inspect is Docker's object" {
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$LIGHTER_ROOT/images/index.json")
	lighter image inspect busybox | jq -e --arg manifest "$manifest" '.[0]
		| .RepoTags == ["busybox:latest"] and .RepoDigests == ["busybox@" + $manifest] and .Os == "linux"
		and .Created == "2024-05-01T12:00:00Z" and .RootFS.Type == "layers" and (.RootFS.Layers | length == 1)
		and .Config.Cmd == ["/bin/sh"] and .Config.Labels["org.example.test"] == "lighter" and .Size > 0
		and .Descriptor.digest == $manifest and .GraphDriver.Name == "overlay" and .Parent == ""'
	[ "$(lighter image inspect -f '{{.Architecture}} {{len .RootFS.Layers}} {{.Config.Env}}' busybox | cut -d' ' -f2)" = 1 ]
	run lighter image inspect web
	[ "$status" -eq 1 ]
}

@test "a control character in a label moves no cursor: on a terminal it is shown" {
	lighter create --name loud --label $'x=a\eb' busybox true
	[ "$(lighter ps -a -f name=loud --format '{{.Label "x"}}')" = $'a\eb' ]
	run on_terminal -- "$BUILD/src/programs/lighter" ps -a -f name=loud --format '{{.Label "x"}}'
	[[ "$output" == *'a\x1bb'* ]]
	lighter rm loud
}

@test "version --format and info --format" {
	[ "$(lighter version --format '{{.Server.Version}}')" = "$(lighter --version | awk '{ print $3 }')" ]
	lighter version -f json | jq -e '.Client.Os == "linux" and .Server.KernelVersion == .Client.KernelVersion'
	[ "$(lighter info --format '{{.Containers}} {{.ContainersRunning}} {{.Images}}')" = "3 1 1" ]
	lighter info -f '{{json .}}' | jq -e --arg root "$LIGHTER_ROOT" --argjson cpus "$(getconf _NPROCESSORS_ONLN)" \
		'.DockerRootDir == $root and .NCPU == $cpus and .OSType == "linux" and .Driver == "overlay"'
}
