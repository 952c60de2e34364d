# bash completion for sluice
_sluice() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local commands="init check plan run show get diff explain tree graph
		status retry cancel log report manifest verify install runner
		snapshot store job"
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
		return
	fi
	case ${COMP_WORDS[1]} in
	run | show | get | diff | explain | graph | retry)
		# nodes are files without their extension
		mapfile -t COMPREPLY < <(compgen -f -- "$cur" | sed 's/\.[a-zA-Z]*$//' | sort -u)
		;;
	install) mapfile -t COMPREPLY < <(compgen -W "--hooks --chain --start
		--hide-runs --no-hook --json --uninstall" -d -- "$cur") ;;
	store) mapfile -t COMPREPLY < <(compgen -W "stat fsck gc" -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "--json --help" -f -- "$cur") ;;
	esac
}
complete -F _sluice sluice
