#!/usr/bin/env bash
# Collects a period of hoop sessions completely: every session's detail, the gateway's own totals, and the guardrails,
# masking rules, access-request rules, AI agents, analyzer rules, connections and attributes of the day. See collect-hoop.md.
#
#   HOOP_TOKEN=… ./collect-hoop.sh https://hoop.example.org 2026-07-01 2026-10-01 DIR     (the last day is not included)
#
# Stops, and writes no count for the day, when the gateway cannot say how many sessions there are or gives fewer.
set -euo pipefail
umask 077

fail() { printf 'collect-hoop: %s\n' "$2" >&2; exit "$1"; }

[ $# -eq 4 ] || fail 64 'usage: HOOP_TOKEN=… collect-hoop.sh URL FROM TO DIR (dates as 2026-07-01, TO is not included)'
base=${1%/} from=$2 to=$3 dir=$4
for tool in curl jq gzip; do command -v "$tool" >/dev/null || fail 69 "$tool is needed and not installed"; done
token=${HOOP_TOKEN:-}
[ -n "$token" ] || fail 64 'set HOOP_TOKEN to a token of an admin or auditor'
case $token in *[!A-Za-z0-9._~+/=-]*) fail 64 'HOOP_TOKEN holds characters that no token has' ;; esac
# The token is for this script alone: curl gets it on standard input, no other program at all.
export -n HOOP_TOKEN
case $base in
  https://*) ;;
  http://127.0.0.1:* | http://localhost:*) ;;
  *) fail 64 'the address must begin with https://' ;;
esac
case $base in *[!A-Za-z0-9.:/_-]*) fail 64 'the address holds characters that it should not' ;; esac
for day in "$from" "$to"; do
  [[ $day =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || fail 64 "not a date: $day"
done
[[ $from < $to ]] || fail 64 'FROM must be before TO'
mkdir -p "$dir/archives" "$dir/days" "$dir/policies"

# curl with the token, an option of its own (--fail where there is none) and further configuration lines from standard input; nothing of it shows in the process list.
request() {
  { printf 'header = "Authorization: Bearer %s"\n' "$token"; cat; } |
    curl --config - --silent --show-error --max-time 300 --retry 3 "${1:---fail}"
}

# Fetches one path as JSON into a file, as far as a jq filter lets it through.
fetch() {
  printf 'url = "%s"\n' "$base/api/$1" | request | jq -c "${3:-.}" >"$2.part" ||
    fail 69 "the gateway did not answer $1 with JSON: check the address and the token"
  [ -s "$2.part" ] || fail 69 "the gateway answered $1 with nothing"
  mv "$2.part" "$2"
}

# Lists a slice of time: its ids into a file. Status 3 when the gateway holds more than it can page through.
list_slice() {
  local start=$1 end=$2 ids=$3 work=$3.page offset=0 total count
  : >"$ids.part"
  while :; do
    fetch "sessions?start_date=$start&end_date=$end&limit=100&offset=$offset&count=exact" "$work"
    if [ "$offset" -eq 0 ]; then
      total=$(jq -r 'if (.total | type) == "number" then .total else "" end' "$work")
      [ -n "$total" ] || fail 65 "the gateway gives no total for $start: completeness could not be shown"
      if jq -e '.total_is_capped == true or .total > 10000' "$work" >/dev/null; then
        rm -f "$work" "$ids.part"
        return 3
      fi
    fi
    jq -r '.data[].id' "$work" >>"$ids.part"
    jq -e '.has_next_page == true' "$work" >/dev/null || break
    offset=$((offset + 100))
  done
  sort -u "$ids.part" -o "$ids.part"
  if grep -qvE '^[A-Za-z0-9-]{1,64}$' "$ids.part"; then fail 65 "a session id of $start is none"; fi
  count=$(wc -l <"$ids.part")
  [ "$count" -eq "$total" ] || fail 65 "the gateway counts $total sessions from $start and lists $count: run again"
  rm -f "$work"
  mv "$ids.part" "$ids"
}

# Fetches what is missing of a day's sessions; what is there whole is not fetched again.
fetch_sessions() {
  local ids=$1 sessions=$2 id
  while read -r id; do
    [ -s "$sessions/$id.json" ] && continue
    printf 'url = "%s"\noutput = "%s"\n' \
      "$base/api/sessions/$id?expand=event_stream,session_input" "$sessions/$id.part"
  done <"$ids" >"$ids.config"
  if [ -s "$ids.config" ]; then
    { printf 'fail-early\n'; cat "$ids.config"; } | request || fail 69 "a session of ${ids##*/} could not be fetched: run again"
  fi
  while read -r id; do
    [ -s "$sessions/$id.json" ] && continue
    jq -e --arg id "$id" '(.id | ascii_downcase) == ($id | ascii_downcase) and has("event_stream")' \
      "$sessions/$id.part" >/dev/null || fail 65 "session $id came without its event stream: is the token an admin's or auditor's?"
    mv "$sessions/$id.part" "$sessions/$id.json"
  done <"$ids"
  rm -f "$ids.config"
}

collect_day() {
  local day=$1 work=$dir/days/$1 hour start open
  [ -e "$work.csv" ] && return
  mkdir -p "$work"
  if ! list_slice_or_split "$day" "$work/ids"; then
    : >"$work/ids.all"
    for hour in {00..23}; do
      start=${day}T$hour
      list_slice "$start:00:00Z" "$start:59:59.999999Z" "$work/ids.hour" || split_failed $? "$start"
      cat "$work/ids.hour" >>"$work/ids.all"
    done
    sort -u "$work/ids.all" >"$work/ids"
    rm -f "$work/ids.all" "$work/ids.hour"
  fi
  fetch_sessions "$work/ids" "$work"
  while read -r id; do jq -c . "$work/$id.json"; done <"$work/ids" | gzip -n >"$dir/archives/hoop-$day.jsonl.gz.part"
  [ "$(gzip -dc "$dir/archives/hoop-$day.jsonl.gz.part" | wc -l)" -eq "$(wc -l <"$work/ids")" ] ||
    fail 65 "the archive of $day does not hold every session: run again"
  mv "$dir/archives/hoop-$day.jsonl.gz.part" "$dir/archives/hoop-$day.jsonl.gz"
  open=$(gzip -dc "$dir/archives/hoop-$day.jsonl.gz" | jq -r 'select(.status == "open") | .id' | wc -l)
  if [ "$open" -gt 0 ]; then
    printf 'collect-hoop: %s sessions of %s are still open; remove %s and run again when they have ended\n' \
      "$open" "$day" "$work.csv" >&2
  fi
  printf 'hoop,%s,%s,\n' "$day" "$(wc -l <"$work/ids")" >"$work.csv.part"
  mv "$work.csv.part" "$work.csv"
  rm -rf "$work"
  printf '%s: %s sessions\n' "$day" "$(cut -d, -f3 "$work.csv")" >&2
}

# A day in one slice; status 1 when it must be taken by the hour.
list_slice_or_split() {
  local status=0
  list_slice "${1}T00:00:00Z" "${1}T23:59:59.999999Z" "$2" || status=$?
  case $status in 0) return 0 ;; 3) return 1 ;; *) exit "$status" ;; esac
}

split_failed() {
  [ "$1" -eq 3 ] || exit "$1"
  fail 65 "the gateway holds more sessions in the hour $2 than it lists (capped total): nothing was counted for that day"
}

# Everything behind a path, whether the gateway pages it or not, as one array; of each element what the filter keeps.
snapshot() {
  local file=$2 page=1 work=$2.page keep=${3:-.}
  # An empty list may come as null.
  local filter="(. // []) | if type == \"array\" then map($keep) else .data |= ((. // []) | map($keep)) end"
  fetch "$1?page=1&page_size=100" "$work" "$filter"
  if jq -e 'type == "array"' "$work" >/dev/null; then
    mv "$work" "$file"
    return
  fi
  jq -e '(.pages.total | type) == "number"' "$work" >/dev/null || fail 65 "$1 comes in pages without a total"
  jq '.data' "$work" >"$file.part"
  while [ "$(jq length "$file.part")" -lt "$(jq '.pages.total' "$work")" ]; do
    page=$((page + 1))
    fetch "$1?page=$page&page_size=100" "$work" "$filter"
    jq -e '.data | length > 0' "$work" >/dev/null || fail 65 "$1 ends before its own total: run again"
    jq -s '.[0] + .[1].data' "$file.part" "$work" >"$file.more"
    mv "$file.more" "$file.part"
  done
  rm -f "$work"
  mv "$file.part" "$file"
}

# Whether the gateway knows a path: releases before it was made answer 404.
knows() {
  local code
  code=$(printf 'url = "%s"\noutput = "/dev/null"\nwrite-out = "%%{http_code}"\n' "$base/api/$1" | request --no-fail) ||
    fail 69 "the gateway did not answer $1: check the address and the token"
  [ "$code" != 404 ] || { printf 'collect-hoop: this gateway has no %s\n' "$1" >&2; return 1; }
}

today=$(date -u +%F)
policies=$dir/policies/$today
mkdir -p "$policies"
snapshot guardrails "$policies/guardrails.json"
snapshot datamasking-rules "$policies/datamasking-rules.json"
snapshot access-requests/rules "$policies/access-request-rules.json"
snapshot attributes "$policies/attributes.json"
# Which engine reads the guardrails' patterns depends on the version.
if knows serverinfo; then fetch serverinfo "$policies/serverinfo.json" '{version}'; fi
# Who is an AI agent, and what the analyzer blocks or sends to review. Keys of agents and providers stay where they are.
if knows ai-agents; then
  snapshot ai-agents "$policies/ai-agents.json" \
    '{id, name, status, groups, created_by, deactivated_by, created_at, deactivated_at}'
fi
if knows ai/session-analyzer/rules; then snapshot ai/session-analyzer/rules "$policies/ai-analyzer-rules.json"; fi
# Connections hold secrets: what binds a policy to them is kept, the rest never reaches the disk.
snapshot connections "$policies/connections.json" '{id, name, resource_name, type, subtype, connection_tags}'

day=$from
while [[ $day < $to ]]; do
  collect_day "$day"
  day=$(jq -rn --arg day "$day" '($day + "T00:00:00Z" | fromdate) + 86400 | todate[:10]')
done
{
  printf 'source,day,sessions,statements\n'
  cat "$dir"/days/*.csv
} >"$dir/source_counts.csv.part"
mv "$dir/source_counts.csv.part" "$dir/source_counts.csv"
printf 'collected: %s/archives, %s/policies/%s, %s/source_counts.csv\n' "$dir" "$dir" "$today" "$dir" >&2
