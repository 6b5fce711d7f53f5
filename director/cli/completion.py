"""director completion: print what makes a shell complete the command.

The script asks ``director completion SHELL --answer -- WORDS…`` for candidates. The usual way, a
variable that turns every call of the command into such a question, is not taken: whoever can set
a variable of a pipeline must not make ``director evaluate`` exit 0 by it.
"""

from __future__ import annotations

import click

from director.cli.exits import Exit

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print what makes a shell complete the command.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="")
@click.option("--answer", is_flag=True, hidden=True)
def command(shell: str, words: tuple[str, ...], answer: bool) -> int:
    """Print the completion script for bash, zsh or fish.

    \b
    bash: director completion bash > ~/.local/share/bash-completion/completions/director
          (or, for this shell alone: source <(director completion bash))
    zsh:  director completion zsh > "${fpath[1]}/_director"
          (or, after compinit, in ~/.zshrc: source <(director completion zsh))
    fish: director completion fish > ~/.config/fish/completions/director.fish
    """  # noqa: D301  # click takes a backspace for "leave these lines as they are"
    if answer:
        from director.cli.candidates import candidates  # noqa: PLC0415  # not for the script

        for candidate in candidates(list(words), joined=shell == "fish"):
            click.echo(f"{candidate.kind}\t{candidate.value}\t{candidate.told}")
    elif words:
        raise click.UsageError(f"Got unexpected extra argument ({words[0]})")
    else:
        click.echo(_SCRIPTS[shell], nl=False)
    return Exit.OPEN


# Each script hands over the words up to the one that is typed, and reads lines of kind, value and
# what is told of it: ``plain`` is a candidate, ``file`` and ``dir`` ask the shell for its own.

_BASH = r"""# director completion for bash
_director() {
    local kind value told files=
    COMPREPLY=()
    while IFS=$'\t' read -r kind value told; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            file | dir) files=$kind ;;
        esac
    done < <("$1" completion bash --answer -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    if [[ -n $files ]]; then
        local typed=${COMP_WORDS[COMP_CWORD]} found flag=-f
        [[ $typed == = ]] && typed=
        [[ $files == dir ]] && flag=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r found; do
            COMPREPLY+=("$found")
        done < <(compgen "$flag" -- "$typed")
    fi
}
complete -F _director director
"""

_ZSH = r"""#compdef director
# director completion for zsh
_director() {
    local kind value told files=
    local -a described
    while IFS=$'\t' read -r kind value told; do
        case $kind in
            plain) described+=("${value//:/\\:}:$told") ;;
            file | dir) files=$kind ;;
        esac
    done < <("$words[1]" completion zsh --answer -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    [[ $words[CURRENT] == --*=* ]] && compset -P '*='
    (( $#described )) && _describe -V director described
    case $files in
        file) _files ;;
        dir) _files -/ ;;
    esac
}
if [[ $funcstack[1] == _director ]]; then
    _director "$@"
else
    compdef _director director
fi
"""

_FISH = r"""# director completion for fish
function __director_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l option (string match -r '^--[^=]+=' -- "$current")
    set -l path (string replace -r '^--[^=]+=' '' -- "$current")
    for line in ($typed[1] completion fish --answer -- $typed[2..-1] "$current" 2>/dev/null)
        set -l parts (string split \t -- $line)
        switch $parts[1]
            case plain
                printf '%s\t%s\n' $parts[2] $parts[3]
            case file
                for found in (__fish_complete_path "$path")
                    echo "$option$found"
                end
            case dir
                for found in (__fish_complete_directories "$path")
                    echo "$option$found"
                end
        end
    end
end
complete -c director -f -a '(__director_complete)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
