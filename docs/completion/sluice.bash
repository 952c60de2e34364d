# shellcheck shell=bash
# bash completion for sluice.
#
# There is no list of commands or options here: they are read from
# `sluice --help` and `sluice COMMAND --help`, and what stands in a place of
# the usage (NODE, REV, FILE ...) says what completes it. Nodes are those of
# the pipeline, mounted ones, too, as `sluice tree --names` lists a directory.

# A word as it was typed, without its quotes: sets word, and quote where one
# is open.
_sluice_unquote() {
	local rest=$1 c
	word='' quote=''
	while [[ -n $rest ]]; do
		c=${rest:0:1} rest=${rest:1}
		case $quote$c in
		\\ | \"\\) word+=${rest:0:1} rest=${rest:1} ;;
		\' | \") quote=$c ;;
		\'\' | \"\") quote='' ;;
		*) word+=$c ;;
		esac
	done
}

# Those of the words that begin as word does. They come out of a repository
# and are typed into a shell: each is quoted here, for -o filenames leaves $
# and ` as they are.
_sluice_words() {
	local w
	for w in "$@"; do
		[[ $w == "$word"* ]] || continue
		case $quote in
		\') w=${w//\'/\'\\\'\'} ;;
		\")
			[[ $w == *!* ]] && continue
			w=${w//\\/\\\\} w=${w//\"/\\\"} w=${w//\$/\\\$} w=${w//\`/\\\`}
			;;
		*)
			printf -v w %q "$w"
			w=${w//:/\\:} w=${w//=/\\=}
			# readline itself puts a slash behind what is on disk
			[[ $w == */ && -d $w ]] && w=${w%/}
			;;
		esac
		COMPREPLY+=("$w")
	done
}

# Nodes and directories; `at` may hold --at REV.
_sluice_nodes() {
	local dir='' name
	[[ $word == */* ]] && dir=${word%/*}/
	while IFS= read -r name; do
		_sluice_words "$dir$name"
	done < <(command sluice tree --names "${at[@]}" -- "${dir:-.}" 2>/dev/null)
}

# Branches and tags, at both ends of A..B.
_sluice_revisions() {
	local start='' names
	[[ $word == *..* ]] && start=${word%"${word##*..}"}
	mapfile -t names < <(git for-each-ref --format='%(refname:short)' \
		refs/heads refs/remotes refs/tags 2>/dev/null)
	names+=(HEAD production)
	_sluice_words "${names[@]/#/$start}"
}

# What production served lately.
_sluice_runs() {
	local ids
	mapfile -t ids < <(git log -n 50 --format=%s refs/sluice/production \
		2>/dev/null | cut -c5-16)
	_sluice_words "${ids[@]}"
}

_sluice_files() { # f: files, d: directories
	local name
	while IFS= read -r name; do
		[[ -d $name ]] && name+=/
		_sluice_words "$name"
	done < <(compgen -"$1" -- "$word")
}

# What stands for a word in the usage, as `case` patterns want it.
_sluice_place() {
	case $1 in
	NODE) _sluice_nodes ;;
	A | A..B | REV | REF) _sluice_revisions ;;
	RUN) _sluice_runs ;;
	DIR | GITDIR) _sluice_files d ;;
	FILE | SPEC.json) _sluice_files f ;;
	[a-z]*)
		local IFS='|'
		# shellcheck disable=SC2086 # csv|sqlite are two
		_sluice_words $1
		;;
	esac
}

_sluice() {
	local word quote line IFS=$' \t\n' i
	local before=${COMP_WORDS[COMP_CWORD - 1]} options=() places=() at=()
	COMPREPLY=()
	_sluice_unquote "${COMP_WORDS[COMP_CWORD]}"
	# readline's word begins behind an open quote
	[[ -n $quote && ${COMP_WORDS[COMP_CWORD]} != "$quote"* ]] && return
	if [[ $COMP_CWORD == 1 ]]; then
		_sluice_words --help --version
		while IFS= read -r line; do
			[[ $line =~ ^'  '([a-z]+)' ' ]] && _sluice_words "${BASH_REMATCH[1]}"
		done < <(command sluice --help 2>/dev/null)
		return
	fi
	# bash makes three words of --format=md
	if [[ $word == '=' ]]; then
		word=''
	elif [[ $before == '=' ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 2; i < COMP_CWORD - 1; i++)); do
		[[ ${COMP_WORDS[i]} == --at ]] && at=(--at "${COMP_WORDS[i + 1]}")
	done
	while IFS= read -r line; do
		if [[ $line =~ ^'  '(-[-a-z]+)' '([^ ]+)'  ' &&
			${BASH_REMATCH[1]} == "$before" ]]; then
			_sluice_place "${BASH_REMATCH[2]}"
			return
		elif [[ $line =~ ^'  '(-[-a-z]+)' ' ]]; then
			options+=("${BASH_REMATCH[1]}")
		elif [[ $line =~ ^'  '([^ ]+)'  ' ]]; then
			places+=("${BASH_REMATCH[1]}")
		fi
	done < <(command sluice "${COMP_WORDS[1]}" --help 2>/dev/null)
	if [[ $word == -* ]]; then
		_sluice_words "${options[@]}" --help
		return
	fi
	for line in "${places[@]}"; do
		_sluice_place "$line"
	done
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace
}
# of candidates the last part is shown
complete -o filenames -o noquote -F _sluice sluice
