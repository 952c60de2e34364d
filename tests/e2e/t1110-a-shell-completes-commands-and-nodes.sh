#!/usr/bin/env bash
# In bash and in zsh TAB completes commands, their options, what these take,
# revisions, and nodes as the pipeline has them: mounted ones, and such whose
# names the shell would take for its own.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
command -v zsh >/dev/null || skip "there is no zsh (apt-get install zsh)"
completion=$(cd "$tests/../docs/completion" && pwd)
cd "$work"

# -- what the programs know is what is completed, in both shells --

# options_of COMMAND: the long options that its file reads
options_of() {
	sed -nE 's/.*\{ "([a-z-]+)", (no|required)_argument.*/--\1/p
		s/.*strcmp\(argv\[i\], "(--[a-z-]+)"\).*/\1/p' \
		"$tests/../runner/cmd/cmd_$1.c" | sort | xargs
}

# in_bash WORD...: the candidates for the last of the words behind sluice
in_bash() {
	bash bash_candidates "$completion" "$@"
}
write bash_candidates <<'E'
source "$1/sluice.bash"
compopt() { :; } # there is no line that is edited
COMP_CWORD=$(($# - 1))
COMP_WORDS=(sluice "${@:2}")
_sluice
printf '%s\n' "${COMPREPLY[@]}"
E

# zsh_types: lines from stdin; with LISTED, candidates go there instead
zsh_types() {
	ZDOTDIR=$work/zsh TERM=dumb python3 "$tests/e2e/typed.py" zsh -d -i \
		>"$work/zsh.log" || fail "zsh: $(cat "$work/zsh.log")"
}
write zsh/.zshrc <<E
PS1='ready> '
fpath=('$completion' \$fpath)
autoload -Uz compinit && compinit -u -D
sluice() { print -r -- "\${(j:|:)@}" >>'$work/typed' }
if [[ -n \$LISTED ]]; then
	compadd() {
		local -a hits
		builtin compadd -O hits "\$@"
		print -rl -- "\$words[2]"\$^hits >>\$LISTED
	}
fi
E

mapfile -t commands < <(sed -n 's/^\t{ "\([a-z]*\)", cmd_.*/\1/p' \
	"$tests/../runner/cmd/main_sluice.c" | sort)
[ "${#commands[@]}" -ge 22 ] || fail "only ${#commands[@]} commands"
is "$(sluice --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort | xargs)" \
	"${commands[*]}" "commands of --help"
is "$(in_bash '' | grep -v '^-' | sort | xargs)" "${commands[*]}" "commands in bash"
LISTED=$work/listed zsh_types < <(
	echo 'sluice \t'
	printf 'sluice %s --\\t\n' "${commands[@]}"
)
is "$(sed -n 's/^\([a-z]\)/\1/p' listed | grep -v -- -- | sort -u | xargs)" \
	"${commands[*]}" "commands in zsh"
for c in "${commands[@]}"; do
	wanted=$(options_of "$c")
	is "$(sluice "$c" --help | sed '/^$/q' | grep -oE -- '--[a-z-]+' | sort -u | xargs)" \
		"$wanted" "options in the usage of $c"
	is "$(in_bash "$c" -- | grep '^--' | grep -vx -- --help | sort | xargs)" \
		"$wanted" "options of $c in bash"
	is "$(sed -n "s/^$c--/--/p" listed | grep -vx -- --help | sort -u | xargs)" \
		"$wanted" "options of $c in zsh"
done

# -- a pipeline with names that a shell does not like --

git init -q p
cd p
write lib/library <<'E'
@abstract
E
# shellcheck disable=SC2016
for name in plain 'Männer & Frauen' 'a"b' 'x:y=z' 'cost$HOME' 'run`touch pwned`' '5!!'; do
	write "lib/$name.sql" <<'E'
@include action/sql/sqlite
SELECT 1 AS n
E
done
write 'Klinik Süd/mount' <<'E'
@include /lib
E
write "it's/mount" <<'E'
@include /lib
E
commit "odd names" >/dev/null
git branch feature/albumin
# shellcheck disable=SC2016
git tag 'cost$HOME'

write "$work/bashrc" <<E
PS1='ready> '
source '$completion/sluice.bash'
sluice() { local IFS='|'; printf '%s\n' "\$*" >>'$work/typed'; }
E
bash_types() {
	python3 "$tests/e2e/typed.py" bash --noprofile --rcfile "$work/bashrc" -i \
		>"$work/bash.log" || fail "bash: $(cat "$work/bash.log")"
}

# completes: lines "WHAT IS TYPED -> THE ARGUMENTS", in both shells
completes() {
	local shell
	cat >"$work/lines"
	sed 's/.* -> //' "$work/lines" >"$work/wanted"
	for shell in bash zsh; do
		: >"$work/typed"
		sed 's/ -> .*//' "$work/lines" | ${shell}_types
		diff "$work/wanted" "$work/typed" || fail "$shell completed otherwise"
	done
}

# what production served
git update-ref refs/sluice/production "$(git commit-tree -m \
	'run 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 of 111111111111' 'HEAD^{tree}')"
completes <<'E'
sluice rol\t0a1\t --reason x -> rollback|0a1b2c3d4e5f|--reason|x
sluice show /Kl\tpl\t -> show|/Klinik Süd/plain
sluice show Kl\tM\t -> show|Klinik Süd/Männer & Frauen
sluice show it\ta\t -> show|it's/a"b
sluice show 'Kl\tM\t -> show|Klinik Süd/Männer & Frauen
sluice show "it\ta\t -> show|it's/a"b
sluice run it\tx\t -> run|it's/x:y=z
sluice get it\tc\t-o out -> get|it's/cost$HOME|-o|out
sluice exp\tit\tM\tHE\t -> explain|it's/Männer & Frauen|HEAD
sluice show it\tr\t -> show|it's/run`touch pwned`
sluice show "it\tr\t -> show|it's/run`touch pwned`
sluice sho\tit\t5\t -> show|it's/5!!
sluice graph --form\tme\t -> graph|--format|mermaid
sluice graph --format=me\t -> graph|--format=mermaid
sluice diff feat\tit\tp\t -> diff|feature/albumin|it's/plain
sluice plan HEAD..fe\t -> plan|HEAD..feature/albumin
sluice diff main...co\t -> diff|main...cost$HOME
sluice store fs\t -> store|fsck
sluice report --ou\tma\t -> report|--outside|main
E
[ -e pwned ] && fail "a name was executed"

# From where one stands, and of a commit that has what is here no more.
cd "it's"
completes <<'E'
sluice show pl\t -> show|plain
sluice show ../Kl\tpl\t -> show|../Klinik Süd/plain
E
cd ..
git rm -q -r "it's"
completes <<'E'
sluice show --at main it\tpl\t -> show|--at|main|it's/plain
E
git reset -q --hard

# -- the listing itself: a directory of the pipeline, as `ls -p` --

is "$(sluice tree --names)" "Klinik Süd/
it's/" "the root"
is "$(sluice tree --names "it's" | head -n 2)" '5!!
Männer & Frauen' "a directory that is mounted"
is "$(cd "it's" && sluice tree --names | tail -n 1)" 'x:y=z' "here"
is "$(sluice tree --names nowhere)" "" "what is not there"

# A word is completed while the text has errors. Outside git nothing is read:
# TAB at home would look at all that is there.
echo '@depend nonsense' >>"it's/mount"
sluice check >/dev/null 2>&1 && fail "there is no error to begin with"
is "$(sluice tree --names 2>&1)" "Klinik Süd/
it's/" "with an error"
cp -r "it's" "$work"
cd "$work"
is "$(in_bash show "it\\'s/" 2>&1)" "" "outside a repository"
