#!/usr/bin/env bash
# Each answer that a forge may give to a status, and what becomes of it, by the
# real poster and a real server: told, tried again (alone, or all wait), or
# refused. The table of docs/cli.md. Then a forge over TLS, and none at all.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
slow
top=$work
trap 'work=$top; finish' EXIT
export no_proxy='*'

outbox() { sqlite3 "$work/outbox.db" "$1"; }
# post WANTED-EXIT ARGUMENT...
post() {
	local rc=0 wanted=$1
	shift
	sluice-post --outbox "$work/outbox.db" --type "$FORGE" \
		--url "$forge_url" --token-file "$work/token" --ref main --once \
		"$@" 2>"$work/post.log" || rc=$?
	is "$rc" "$wanted" "$FORGE, $answer: $(cat "$work/post.log")"
}

# What becomes of it: told, alone (this one is tried again), all (all wait), or
# refused; which forges; the answer. WORDS: what sluice status will say.
table() {
	cat <<'E2'
told    github gitlab gitea | 201 taken | -
told    github gitlab gitea | 201 taken body=empty | -
told    github gitlab gitea | 201 taken body=html | -
told    github gitlab gitea | 201 taken body=huge | -
told    github gitlab gitea | 200 body=entry | -
all     github gitlab gitea | 200 | not 201: is sluice.forge.url
all     github gitlab gitea | 200 body=html | not 201: is sluice.forge.url
all     github gitlab gitea | 200 body=huge | not 201: is sluice.forge.url
all     github gitlab gitea | 204 body=empty | not 201: is sluice.forge.url
all     github gitlab gitea | 301 body=html | redirect, which is not followed
all     github gitlab gitea | 302 body=html | redirect, which is not followed
all     github gitlab gitea | 307 | redirect, which is not followed
all     github gitlab gitea | 308 | redirect, which is not followed
refused github gitlab gitea | 400 says=Problems parsing JSON | Problems parsing
refused gitlab | 400 says=Cannot transition status via :success from :failed (x) | Cannot transition
told    gitlab | 400 says=Cannot transition status via :success from :success (x) | -
refused github gitea | 400 says=Cannot transition status via :success from :success (x) | Cannot transition
all     github gitlab gitea | 401 says=Bad credentials | put a token that is valid into sluice.forge.tokenFile
alone   github gitlab gitea | 403 says=Resource not accessible | may the token
all     github | 403 retry-after=60 says=slow down | slow down
all     github | 403 remaining=0 reset=60 | rate limit
all     github | 403 says=You have exceeded a secondary rate limit | secondary
all     github | 403 says=Maximum number of login attempts exceeded | login
alone   gitlab gitea | 403 retry-after=60 says=Forbidden | may the token
all     gitlab | 403 says=You cannot perform write operations on a read-only instance | read-only
alone   github gitlab gitea | 404 says=Not Found | is sluice.forge.url right
alone   gitlab | 404 says=404 Commit Not Found | Commit Not Found
refused github gitlab gitea | 405 | 405
alone   github gitlab gitea | 408 | 408
alone   github gitlab gitea | 409 says=Another update is in progress | in progress
all     github gitlab gitea | 409 retry-after=5 | 409
refused github gitlab gitea | 410 | 410
refused github gitlab gitea | 413 body=html | 413
refused github gitlab gitea | 415 | 415
refused github gitlab gitea | 422 says=Validation Failed | Validation Failed
alone   github | 422 says=No commit found for SHA: 0 | No commit found
refused gitea | 423 says=repo is archived | archived
all     github gitlab gitea | 429 body=text | 429
all     github gitlab gitea | 429 retry-after=60 | 429
all     github gitlab gitea | 429 retry-after=date+60 | 429
refused github gitlab gitea | 451 | 451
alone   github gitlab gitea | 500 | injected 500
alone   github gitlab gitea | 500 taken body=empty | 500
alone   github gitlab gitea | 500 body=huge | 500
alone   github gitlab gitea | 501 | 501
alone   github gitlab gitea | 502 body=html | 502
alone   github gitlab gitea | 503 body=html | 503
all     github gitlab gitea | 503 retry-after=60 | 503
alone   github gitlab gitea | 504 body=html | 504
alone   github gitlab gitea | 500 body=cut | no answer from the forge
alone   github gitlab gitea | 201 taken body=cut | no answer from the forge
alone   github gitlab gitea | reset | no answer from the forge
alone   github gitlab gitea | lost | no answer from the forge
E2
}

# What the outbox makes of a commit's answer.
became() {
	outbox "SELECT CASE settled WHEN 1 THEN 'told' WHEN 2 THEN 'refused'
		ELSE iif((SELECT hold FROM meta) > 0, 'all', 'alone') END
		FROM slot WHERE commit_id = '$1'"
}

each_answer() {
	local n=0 commit wanted words wait
	answer='makes the outbox'
	post 0
	while IFS='|' read -r wanted answer words; do
		case " ${wanted#* } " in *" $FORGE "*) ;; *) continue ;; esac
		wanted=${wanted%% *}
		answer=${answer# } answer=${answer% } words=${words# }
		n=$((n + 1))
		commit=$(printf '%040d' $n)
		echo "$answer" >"$work/script"
		outbox 'DELETE FROM taken' # GitHub's pace is another test
		case $wanted in told | refused) wait=0 ;; *) wait=4 ;; esac
		post $wait --put "success:$commit:$n nodes"
		is "$(became "$commit")" "$wanted" "$FORGE, $answer"
		[ "$words" = - ] || has "$(outbox "SELECT why FROM slot WHERE
			commit_id = '$commit'")" "$words" "$FORGE, $answer"
		waits_as_asked "$commit"
		# and once the trouble is over it is there, once (GitLab said
		# that it was, here without having it)
		[[ "$wanted $answer" != told*Cannot* ]] || continue
		post 0 --again
		is "$(statuses_of "$commit")" "success" "$FORGE, $answer: at last"
	done < <(table)
	[ "$n" -gt 40 ] || fail "$FORGE: the table has $n lines"
}

# Where the answer names a time, that is the time, else less than 2 s.
waits_as_asked() {
	local ms
	ms=$(outbox "SELECT next_try - (SELECT changed FROM slot WHERE
		commit_id = '$1') FROM slot WHERE commit_id = '$1'
		AND settled = 0")
	[ -n "$ms" ] || return 0
	case $answer in
	'403 retry-after'*) [ "$FORGE" = github ] && at_least 60000 "$ms" ;;
	*retry-after=60* | *reset=60*) at_least 58000 "$ms" ;;
	*date+60*) at_least 58000 "$ms" ;;
	*retry-after=5*) at_least 5000 "$ms" ;;
	*) at_least 1001 "$ms" ;;
	esac
	return 0
}
at_least() { [ "$2" -ge "$1" ] || fail "$FORGE, $answer: waits $2 ms"; }

# A lost answer is found among more statuses of a commit than a page has.
among_many() {
	local commit header='Authorization: token secret' name=context
	commit=$(printf 'd%.0s' {1..40})
	answer='lost, among many'
	[ "$FORGE" != gitlab ] || header='PRIVATE-TOKEN: secret' name=name
	: >"$work/script"
	for i in {1..60}; do
		jq -cn --arg n "$name" --arg c "lint $i" \
			'{state: "success", ($n): $c, ref: "main"} |
			if $n == "name" then . else del(.ref) end' |
			curl -sf -H "$header" --json @- -o /dev/null \
				"$forge_url/statuses/$commit" ||
			fail "$FORGE: another's status $i"
	done
	echo lost >"$work/script"
	post 4 --put "success:$commit:3 nodes"
	post 0 --again
	is "$(jq -c 'select(.accepted) | select(.path | endswith("'"$commit"'"))
		| .body | select(.description == "3 nodes")' "$forge_log" |
		grep -c .)" 1 "$FORGE, $answer: told"
}

# No forge, one of another name, one that is not trusted; then one that is.
over_tls() {
	local commit pem=$work/forge.pem
	commit=$(printf 'e%.0s' {1..40})
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost' -keyout "$work/key" \
		-out "$work/ca" 2>/dev/null
	cat "$work/key" "$work/ca" >"$pem"
	answer='nobody listens'
	forge_url=http://127.0.0.1:1/repos/o/r post 4 \
		--put "success:$commit:3 nodes"
	is "$(became "$commit")" all "$answer"
	answer='no such host'
	forge_url=https://forge.invalid/repos/o/r post 4 --again
	is "$(became "$commit")" all "$answer"

	answer='a certificate that nobody trusts'
	rm "$work/forge.port"
	start_forge --tls "$pem"
	forge_url=https://localhost:${forge_url#http://127.0.0.1:}
	post 4 --again
	is "$(became "$commit")" all "$answer"
	has "$(cat "$work/post.log")" 'does not trust its certificate' "$answer"
	is "$(grep -c . "$forge_log")" 0 "$answer: requests"

	answer='one that the machine trusts'
	cat /etc/ssl/certs/ca-certificates.crt "$work/ca" >"$work/bundle"
	bwrap --dev-bind / / --ro-bind "$work/bundle" \
		/etc/ssl/certs/ca-certificates.crt "$(command -v sluice-post)" \
		--outbox "$work/outbox.db" --url "$forge_url" --once --again \
		--token-file "$work/token" 2>"$work/post.log" ||
		fail "$answer: $(cat "$work/post.log")"
	is "$(statuses_of "$commit")" success "$answer"
	answer='another name than the certificate has'
	forge_url=https://127.0.0.1:${forge_url#https://localhost:}
	! bwrap --dev-bind / / --ro-bind "$work/bundle" \
		/etc/ssl/certs/ca-certificates.crt "$(command -v sluice-post)" \
		--outbox "$work/outbox.db" --url "$forge_url" --once \
		--token-file "$work/token" --put "success:${commit//e/f}:3" \
		2>"$work/post.log" || fail "$answer"
	is "$(statuses_of "${commit//e/f}")" '' "$answer"
}

for FORGE in github gitlab gitea; do
	work=$top/$FORGE
	mkdir "$work"
	echo secret >"$work/token"
	start_forge --token secret --script "$work/script"
	each_answer
	is "$(jq -c 'select(.fault != null)' "$forge_log")" '' "$FORGE: faults"
	rm "$work/forge.port" "$work/outbox.db"
	start_forge --token secret --script "$work/script"
	among_many
done
FORGE=github
over_tls
