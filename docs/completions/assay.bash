#!/bin/bash

__assay_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__assay_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__assay_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__assay_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_assay() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __assay_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    run|status|init|ingest|replay|diff|find|incident|report|verify|sample|explain|reconcile|export|seal|shadow|policy|ledger|selftest|formats|frameworks|help)
        # Offer subcommand argument completions
        "_assay_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'run status init ingest replay diff find incident report verify sample explain reconcile export seal shadow policy ledger selftest formats frameworks help' -- "${cur}"))
        ;;
    esac
}

_assay_run() {
    repeating_flags=()
    non_repeating_flags=(--measure-again --strict --replace --shared --json --quiet --version -h --help)
    repeating_options=(--framework)
    non_repeating_options=(--verdicts --period --output --workers --sign --prepared-by --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--verdicts')
        __assay_add_completions -f
        return
        ;;
    '--framework')
        return
        ;;
    '--period')
        return
        ;;
    '--output')
        __assay_add_completions -d
        return
        ;;
    '--workers')
        return
        ;;
    '--sign')
        __assay_add_completions -f
        return
        ;;
    '--prepared-by')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_status() {
    repeating_flags=()
    non_repeating_flags=(--json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_init() {
    repeating_flags=()
    non_repeating_flags=(--side-files --json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--from --config --ledger --color)
    __assay_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--from')
        __assay_add_completions -W 'native'$'\n''hoop'$'\n''postgresql'
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __assay_add_completions -d
        return
        ;;
    esac
}

_assay_ingest() {
    repeating_flags=()
    non_repeating_flags=(--strict --json --quiet --version -h --help)
    repeating_options=(--trusted-key --checkpoint)
    non_repeating_options=(--format --log-time-zone --log-year --log-line-prefix --config --ledger --color)
    __assay_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--format')
        return
        ;;
    '--log-time-zone')
        return
        ;;
    '--log-year')
        return
        ;;
    '--log-line-prefix')
        return
        ;;
    '--trusted-key')
        __assay_add_completions -f
        return
        ;;
    '--checkpoint')
        __assay_add_completions -f
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __assay_add_completions -f
        return
        ;;
    esac
}

_assay_replay() {
    repeating_flags=()
    non_repeating_flags=(--measure-again --dry-run --thresholds --strict --allow-superuser --json --quiet --version -h --help)
    repeating_options=(--shadow --session)
    non_repeating_options=(--policy --period --verdicts --workers --seed --isolation --sample --as-if --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--shadow')
        return
        ;;
    '--policy')
        __assay_add_completions -f
        return
        ;;
    '--session')
        return
        ;;
    '--period')
        return
        ;;
    '--verdicts')
        __assay_add_completions -f
        return
        ;;
    '--workers')
        return
        ;;
    '--seed')
        return
        ;;
    '--isolation')
        __assay_add_completions -W 'session'$'\n''history'
        return
        ;;
    '--sample')
        return
        ;;
    '--as-if')
        __assay_add_completions -f
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_diff() {
    repeating_flags=()
    non_repeating_flags=(--markdown --json --quiet --version -h --help)
    repeating_options=(--session --connection)
    non_repeating_options=(--fail-on --allow-unknown --junit --sarif --period --identity --hoop-connections --hoop-attributes --hoop-dialect --hoop-version --today --config --ledger --color)
    __assay_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--fail-on')
        return
        ;;
    '--allow-unknown')
        return
        ;;
    '--junit')
        __assay_add_completions -f
        return
        ;;
    '--sarif')
        __assay_add_completions -f
        return
        ;;
    '--period')
        return
        ;;
    '--session')
        return
        ;;
    '--identity')
        return
        ;;
    '--connection')
        return
        ;;
    '--hoop-connections')
        __assay_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    '--hoop-attributes')
        __assay_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    '--hoop-dialect')
        __assay_add_completions -W 're2'$'\n''presidio'
        return
        ;;
    '--hoop-version')
        return
        ;;
    '--today')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __assay_add_completions -f
        return
        ;;
    2)
        __assay_add_completions -f
        return
        ;;
    esac
}

_assay_find() {
    repeating_flags=()
    non_repeating_flags=(--writes --harmful --json --quiet --version -h --help)
    repeating_options=(--login --application --table --connection)
    non_repeating_options=(--identity --kind --from --to --on --around --period --limit --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--identity')
        return
        ;;
    '--login')
        return
        ;;
    '--application')
        return
        ;;
    '--kind')
        return
        ;;
    '--table')
        return
        ;;
    '--connection')
        return
        ;;
    '--from')
        return
        ;;
    '--to')
        return
        ;;
    '--on')
        return
        ;;
    '--around')
        return
        ;;
    '--period')
        return
        ;;
    '--limit')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_incident() {
    repeating_flags=()
    non_repeating_flags=(--show-literals --all --allow-superuser --json --quiet --version -h --help)
    repeating_options=(--archive --shadow)
    non_repeating_options=(--identity --from --to --on --around --period --policy --as-if --markdown --html --log-time-zone --log-year --log-line-prefix --config --ledger --color)
    __assay_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--identity')
        return
        ;;
    '--from')
        return
        ;;
    '--to')
        return
        ;;
    '--on')
        return
        ;;
    '--around')
        return
        ;;
    '--period')
        return
        ;;
    '--archive')
        __assay_add_completions -f
        return
        ;;
    '--shadow')
        return
        ;;
    '--policy')
        __assay_add_completions -f
        return
        ;;
    '--as-if')
        __assay_add_completions -f
        return
        ;;
    '--markdown')
        __assay_add_completions -f
        return
        ;;
    '--html')
        __assay_add_completions -f
        return
        ;;
    '--log-time-zone')
        return
        ;;
    '--log-year')
        return
        ;;
    '--log-line-prefix')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_report() {
    repeating_flags=()
    non_repeating_flags=(--replace --shared --no-check --json --quiet --version -h --help)
    repeating_options=(--framework)
    non_repeating_options=(--period --output --compare --disclosure --sign --prepared-by --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--framework')
        return
        ;;
    '--period')
        return
        ;;
    '--output')
        __assay_add_completions -d
        return
        ;;
    '--compare')
        __assay_add_completions -d
        return
        ;;
    '--disclosure')
        return
        ;;
    '--sign')
        __assay_add_completions -f
        return
        ;;
    '--prepared-by')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_verify() {
    repeating_flags=()
    non_repeating_flags=(--reperform --json --quiet --version -h --help)
    repeating_options=(--trusted-key --checkpoint)
    non_repeating_options=(--manifest-sha256 --templates --workers --log-time-zone --log-year --log-line-prefix --config --ledger --color)
    __assay_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--trusted-key')
        __assay_add_completions -f
        return
        ;;
    '--checkpoint')
        __assay_add_completions -f
        return
        ;;
    '--manifest-sha256')
        return
        ;;
    '--templates')
        __assay_add_completions -d
        return
        ;;
    '--workers')
        return
        ;;
    '--log-time-zone')
        return
        ;;
    '--log-year')
        return
        ;;
    '--log-line-prefix')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __assay_add_completions -f
        return
        ;;
    esac
}

_assay_sample() {
    repeating_flags=()
    non_repeating_flags=(--from-archives --json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--package --seed --size --confidence --rate --by --config --ledger --color)
    __assay_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--package')
        __assay_add_completions -d
        return
        ;;
    '--seed')
        return
        ;;
    '--size')
        return
        ;;
    '--confidence')
        return
        ;;
    '--rate')
        return
        ;;
    '--by')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_explain() {
    repeating_flags=()
    non_repeating_flags=(--show-literals --json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--policy --config --ledger --color)
    __assay_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--policy')
        __assay_add_completions -f
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_reconcile() {
    repeating_flags=()
    non_repeating_flags=(--json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--limit --fail-on --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--limit')
        return
        ;;
    '--fail-on')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_export() {
    repeating_flags=()
    non_repeating_flags=(--graded --show-literals --follow --again --create-only --strict --json --quiet --version -h --help)
    repeating_options=(--kind --connection --verdict)
    non_repeating_options=(--schema --ocsf-version --to --every --cursor --dead-letters --credential-file --ca-file --batch --retries --timeout --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--schema')
        __assay_add_completions -W 'assay'$'\n''cef'$'\n''ecs'$'\n''ocsf'$'\n''otel'
        return
        ;;
    '--ocsf-version')
        __assay_add_completions -W '1.1'$'\n''1.5'$'\n''1.8'
        return
        ;;
    '--to')
        return
        ;;
    '--kind')
        __assay_add_completions -W 'statement'$'\n''finding'$'\n''exception'$'\n''test'
        return
        ;;
    '--connection')
        return
        ;;
    '--verdict')
        __assay_add_completions -W 'confirmed_allow'$'\n''confirmed_block'$'\n''confirmed_mask'$'\n''confirmed_review'$'\n''false_allow'$'\n''false_block'$'\n''mask_leak'$'\n''needless_review'$'\n''debatable_block'$'\n''debatable_review'$'\n''moot_block'$'\n''diverged'$'\n''inconclusive'$'\n''ungraded'
        return
        ;;
    '--every')
        return
        ;;
    '--cursor')
        return
        ;;
    '--dead-letters')
        __assay_add_completions -f
        return
        ;;
    '--credential-file')
        __assay_add_completions -f
        return
        ;;
    '--ca-file')
        __assay_add_completions -f
        return
        ;;
    '--batch')
        return
        ;;
    '--retries')
        return
        ;;
    '--timeout')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_seal() {
    repeating_flags=()
    non_repeating_flags=(--allow-rejected --json --quiet --version -h --help)
    repeating_options=(--trusted-key)
    non_repeating_options=(--output --key --previous --checkpoint --log-time-zone --log-year --log-line-prefix --config --ledger --color)
    __assay_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--output')
        __assay_add_completions -f
        return
        ;;
    '--key')
        __assay_add_completions -f
        return
        ;;
    '--previous')
        return
        ;;
    '--checkpoint')
        __assay_add_completions -f
        return
        ;;
    '--trusted-key')
        __assay_add_completions -f
        return
        ;;
    '--log-time-zone')
        return
        ;;
    '--log-year')
        return
        ;;
    '--log-line-prefix')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __assay_add_completions -f
        return
        ;;
    esac
}

_assay_shadow() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __assay_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    create|check|classify)
        # Offer subcommand argument completions
        "_assay_shadow_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'create check classify' -- "${cur}"))
        ;;
    esac
}

_assay_shadow_create() {
    repeating_flags=()
    non_repeating_flags=(--from-ledger --print-query --print-marker --json --quiet --version -h --help)
    repeating_options=(--connection)
    non_repeating_options=(--from --schema --rows --seed --as-of --default-rows --maximum-rows --output --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--from')
        return
        ;;
    '--schema')
        return
        ;;
    '--rows')
        __assay_add_completions -f
        return
        ;;
    '--connection')
        return
        ;;
    '--seed')
        return
        ;;
    '--as-of')
        return
        ;;
    '--default-rows')
        return
        ;;
    '--maximum-rows')
        return
        ;;
    '--output')
        __assay_add_completions -f
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_shadow_check() {
    repeating_flags=()
    non_repeating_flags=(--allow-superuser --json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --ledger --color)
    __assay_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_shadow_classify() {
    repeating_flags=()
    non_repeating_flags=(--allow-superuser --json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --ledger --color)
    __assay_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_policy() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __assay_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    check|suggest)
        # Offer subcommand argument completions
        "_assay_policy_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'check suggest' -- "${cur}"))
        ;;
    esac
}

_assay_policy_check() {
    repeating_flags=()
    non_repeating_flags=(--strict --allow-superuser --json --quiet --version -h --help)
    repeating_options=(--shadow)
    non_repeating_options=(--hoop-connections --hoop-attributes --hoop-dialect --hoop-version --config --ledger --color)
    __assay_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--shadow')
        return
        ;;
    '--hoop-connections')
        __assay_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    '--hoop-attributes')
        __assay_add_completions -o plusdirs -fX '!*.@(json)'
        return
        ;;
    '--hoop-dialect')
        __assay_add_completions -W 're2'$'\n''presidio'
        return
        ;;
    '--hoop-version')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __assay_add_completions -f
        return
        ;;
    esac
}

_assay_policy_suggest() {
    repeating_flags=()
    non_repeating_flags=(--yaml --json --quiet --version -h --help)
    repeating_options=(--connection)
    non_repeating_options=(--policy --output --period --identity --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--policy')
        __assay_add_completions -f
        return
        ;;
    '--output')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml)'
        return
        ;;
    '--period')
        return
        ;;
    '--identity')
        return
        ;;
    '--connection')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_ledger() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __assay_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    fsck|slim)
        # Offer subcommand argument completions
        "_assay_ledger_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'fsck slim' -- "${cur}"))
        ;;
    esac
}

_assay_ledger_fsck() {
    repeating_flags=()
    non_repeating_flags=(--archives --json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--log-time-zone --log-year --log-line-prefix --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--log-time-zone')
        return
        ;;
    '--log-year')
        return
        ;;
    '--log-line-prefix')
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_ledger_slim() {
    repeating_flags=()
    non_repeating_flags=(--redact --json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--output --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--output')
        __assay_add_completions -f
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_selftest() {
    repeating_flags=()
    non_repeating_flags=(--json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--engine --config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--engine')
        __assay_add_completions -W 'sqlite'$'\n''postgresql'
        return
        ;;
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_formats() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __assay_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|try)
        # Offer subcommand argument completions
        "_assay_formats_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list try' -- "${cur}"))
        ;;
    esac
}

_assay_formats_list() {
    repeating_flags=()
    non_repeating_flags=(--json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_formats_try() {
    repeating_flags=()
    non_repeating_flags=(--json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --ledger --color)
    __assay_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __assay_add_completions -f
        return
        ;;
    esac
}

_assay_frameworks() {
    repeating_flags=()
    non_repeating_flags=(--json --quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --ledger --color)
    __assay_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        __assay_add_completions -o plusdirs -fX '!*.@(yaml|yml)'
        return
        ;;
    '--ledger')
        __assay_add_completions -f
        return
        ;;
    '--color')
        __assay_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_assay_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __assay_offer_flags_options -1
}

complete -o filenames -F _assay assay
