# What cobra's script takes of the package bash-completion. Without the package it
# is done here.

# __apicel_words sets words, cword, cur and prev, which are those of the caller:
# words that = and : do not break, though readline does.
__apicel_words()
{
    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@"
        return
    fi
    local i word rest=$COMP_LINE
    words=()
    cword=0
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 0)) && [[ $rest != [[:space:]]* && ($word == [=:]* || ${COMP_WORDS[i - 1]} == *[=:]) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        rest=${rest#*"$word"}
        if ((i == COMP_CWORD)); then
            cword=$((${#words[@]} - 1))
        fi
    done
    cur=${words[cword]}
    prev=${words[cword > 0 ? cword - 1 : 0]}
}

# __apicel_filedir offers folders, and unless it is given -d files: all, or those
# with an ending of a list such as json|yaml.
__apicel_filedir()
{
    if declare -F _filedir >/dev/null 2>&1; then
        _filedir "$@"
        return
    fi
    local name endings=${1%|} IFS=$'\n'
    COMPREPLY=($(compgen -d -- "$cur"))
    if [[ $endings != -d ]]; then
        for name in $(compgen -f -- "$cur"); do
            if [[ ! -d $name && (-z $endings || "|$endings|" == *"|${name##*.}|"*) ]]; then
                COMPREPLY+=("$name")
            fi
        done
    fi
    compopt -o filenames 2>/dev/null
}

