function __assay_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __assay_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __assay_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __assay_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __assay_parse_tokens -S
    set -l unparsed_tokens (__assay_tokens -pc)
    switch $unparsed_tokens[1]
    case 'assay'
        __assay_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'run'
            __assay_parse_subcommand 0 'verdicts=' 'framework=+' 'period=' 'output=' 'workers=' 'measure-again' 'strict' 'sign=' 'prepared-by=' 'replace' 'shared' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'status'
            __assay_parse_subcommand 0 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'init'
            __assay_parse_subcommand 1 'from=' 'side-files' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'ingest'
            __assay_parse_subcommand -r 1 'format=' 'log-time-zone=' 'log-year=' 'log-line-prefix=' 'trusted-key=+' 'checkpoint=+' 'strict' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'replay'
            __assay_parse_subcommand 0 'shadow=+' 'policy=' 'session=+' 'period=' 'verdicts=' 'workers=' 'seed=' 'isolation=' 'sample=' 'measure-again' 'dry-run' 'thresholds' 'as-if=' 'strict' 'allow-superuser' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'diff'
            __assay_parse_subcommand 2 'fail-on=' 'allow-unknown=' 'markdown' 'junit=' 'sarif=' 'period=' 'session=+' 'identity=' 'connection=+' 'hoop-connections=' 'hoop-attributes=' 'hoop-dialect=' 'hoop-version=' 'today=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'find'
            __assay_parse_subcommand 0 'identity=' 'login=+' 'application=+' 'kind=' 'table=+' 'writes' 'harmful' 'connection=+' 'from=' 'to=' 'on=' 'around=' 'period=' 'limit=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'incident'
            __assay_parse_subcommand -r 1 'identity=' 'from=' 'to=' 'on=' 'around=' 'period=' 'archive=+' 'shadow=+' 'policy=' 'as-if=' 'show-literals' 'all' 'markdown=' 'html=' 'allow-superuser' 'log-time-zone=' 'log-year=' 'log-line-prefix=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'report'
            __assay_parse_subcommand 0 'framework=+' 'period=' 'output=' 'compare=' 'disclosure=' 'sign=' 'prepared-by=' 'replace' 'shared' 'no-check' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'verify'
            __assay_parse_subcommand -r 1 'trusted-key=+' 'checkpoint=+' 'manifest-sha256=' 'templates=' 'reperform' 'workers=' 'log-time-zone=' 'log-year=' 'log-line-prefix=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'sample'
            __assay_parse_subcommand 1 'from-archives' 'package=' 'seed=' 'size=' 'confidence=' 'rate=' 'by=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'explain'
            __assay_parse_subcommand 1 'policy=' 'show-literals' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'reconcile'
            __assay_parse_subcommand 0 'limit=' 'fail-on=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'export'
            __assay_parse_subcommand 0 'schema=' 'ocsf-version=' 'to=' 'kind=+' 'connection=+' 'verdict=+' 'graded' 'show-literals' 'follow' 'every=' 'again' 'cursor=' 'dead-letters=' 'credential-file=' 'ca-file=' 'create-only' 'batch=' 'retries=' 'timeout=' 'strict' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'seal'
            __assay_parse_subcommand -r 1 'output=' 'key=' 'previous=' 'checkpoint=' 'trusted-key=+' 'allow-rejected' 'log-time-zone=' 'log-year=' 'log-line-prefix=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'shadow'
            __assay_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'create'
                __assay_parse_subcommand 0 'from=' 'schema=' 'rows=' 'from-ledger' 'connection=+' 'seed=' 'as-of=' 'default-rows=' 'maximum-rows=' 'output=' 'print-query' 'print-marker' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            case 'check'
                __assay_parse_subcommand 1 'allow-superuser' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            case 'classify'
                __assay_parse_subcommand 1 'allow-superuser' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            end
        case 'policy'
            __assay_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'check'
                __assay_parse_subcommand -r 1 'shadow=+' 'hoop-connections=' 'hoop-attributes=' 'hoop-dialect=' 'hoop-version=' 'strict' 'allow-superuser' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            case 'suggest'
                __assay_parse_subcommand 0 'policy=' 'yaml' 'output=' 'period=' 'identity=' 'connection=+' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            end
        case 'ledger'
            __assay_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'fsck'
                __assay_parse_subcommand 0 'archives' 'log-time-zone=' 'log-year=' 'log-line-prefix=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            case 'slim'
                __assay_parse_subcommand 0 'output=' 'redact' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            end
        case 'selftest'
            __assay_parse_subcommand 0 'engine=' 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'formats'
            __assay_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'list'
                __assay_parse_subcommand 0 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            case 'try'
                __assay_parse_subcommand 1 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
            end
        case 'frameworks'
            __assay_parse_subcommand 0 'config=' 'ledger=' 'json' 'quiet' 'color=' 'version' 'h/help'
        case 'help'
            __assay_parse_subcommand -r 1 'version'
        end
    end
end

function __assay_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __assay_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __assay_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __assay_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__assay_tokens -p)
    if test -z "$(__assay_tokens -t)"
        set -l index (count (__assay_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'assay' -f
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'run' -d 'Ingest, replay and report: from a quarter of archives to a sealed evidence package.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'status' -d 'Say in ten lines what the ledger holds, what is open, and what to do next.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'init' -d 'Write a commented assay.yaml, a starter policy and an example that runs, or templates of side files.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'ingest' -d 'Read archives into the ledger; the same archive again is a no-op.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'replay' -d 'Run the recorded statements on a shadow and grade each decision by its effect.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'diff' -d 'Say what another policy would have decided about past traffic, and what that does.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'find' -d 'Find the sessions that are worth a look, gravest first.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'incident' -d 'Show what a session really did: who, what was lost and seen, what would have stopped it.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'report' -d 'Write the evidence package of a period: Markdown, CSV, JSON and a workbook.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'verify' -d 'Recompute every hash, chain and tie-out of a package, or the seal of archives.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'sample' -d 'Draw a sample of a test\'s items from a finished package.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'explain' -d 'Say why a statement was decided as it was, and why it was graded so.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'reconcile' -d 'Hold databases\' own logs against what the proxy recorded.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'export' -d 'Send statements, findings, exceptions and test results to another audit system.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'seal' -d 'Turn archives of any format into one sealed native archive.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'shadow' -d 'Make a shadow; check that a database is one; find its sensitive columns.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'policy' -d 'Check policies; propose rules with their measured figures.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'ledger' -d 'Check the ledger, or cut it down for a pipeline.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'selftest' -d 'Run the labelled cases that this program carries, and say whether all are right.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'formats' -d 'List the archive formats that can be read, or try one file.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'frameworks' -d 'List the control catalogs that can be reported.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" verdicts' -l 'verdicts' -d 'Write each statement\'s verdict and effect as a JSON line.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run"' -l 'framework' -d 'A framework to report; repeatable. `assay frameworks` lists them.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" period' -l 'period' -d 'The period, such as 2026-Q3, 2026-07 or 2026.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" output' -l 'output' -d 'The folder to write the package into.' -rfa '(__assay_complete_directories)'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" workers' -l 'workers' -d 'Threads that measure; the results do not depend on it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" measure-again' -l 'measure-again' -d 'Measure every session again, also those that were measured on the same shadow before.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" strict' -l 'strict' -d 'End with status 65 when an entry was rejected, a seal or a signature is not as it should be, or harm was let through.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" sign' -l 'sign' -d 'A PEM file with a private key, Ed25519 or P-256, that signs the package; signatures are written next to it.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" prepared-by' -l 'prepared-by' -d 'Who prepares the package: written to PERIOD.run.json, and overrides the configuration\'s.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" replace' -l 'replace' -d 'Replace a package that was signed or signed off; PERIOD.run.json names it.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" shared' -l 'shared' -d 'Let every user of this machine read the package; without it, only you can.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay run" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay status" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay status" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay status" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay status" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay status" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay status" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay init" -eq 1' -fa '(__assay_complete_directories)'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" from' -l 'from' -d 'Where your archives come from: native, hoop or postgresql (a server\'s csvlog).' -rfka 'native hoop postgresql'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" side-files' -l 'side-files' -d 'Write a template of each side file with its sidecar, in the folder side-files, and nothing else.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay init" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay ingest" -ge 1' -F
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" format' -l 'format' -d 'The archives\' format, where it cannot be told by content; mapping:FILE.yaml reads any CSV or JSON lines by a mapping.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" log-time-zone' -l 'log-time-zone' -d 'The zone of times that carry none, such as Europe/Berlin or UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" log-year' -l 'log-year' -d 'The year in which a log begins whose times carry none.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" log-line-prefix' -l 'log-line-prefix' -d 'PostgreSQL\'s log_line_prefix, as SHOW says it, of text logs whose lines do not show it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest"' -l 'trusted-key' -d 'A PEM file with a public key; what none of the trusted keys signed is not verified.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest"' -l 'checkpoint' -d 'A file of `seal --checkpoint`: the segment it signs as the newest must be there, and those before it.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" strict' -l 'strict' -d 'End with status 65 when an entry was rejected, a seal is broken or missing, or, with trusted keys, a signature is missing or of no trusted key.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ingest" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay"' -l 'shadow' -d 'A shadow, for one connection or for all; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" policy' -l 'policy' -d 'A policy whose harm and masks are used; a file or a folder of dated versions.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay"' -l 'session' -d 'Only this session; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" period' -l 'period' -d 'Only statements of this period, such as 2026-Q3 or 2026-07.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" verdicts' -l 'verdicts' -d 'Write each statement\'s verdict and effect as a JSON line.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" workers' -l 'workers' -d 'Threads that measure; the results do not depend on it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" seed' -l 'seed' -d 'Where random() starts on the shadow.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" isolation' -l 'isolation' -d 'Which sessions share a clone: session (none) or history (those that touch the same tables).' -rfka 'session history'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" sample' -l 'sample' -d 'Replay only a sample of the plain reads: a share or a count.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" measure-again' -l 'measure-again' -d 'Measure every session again, also those that were measured on the same shadow before.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" dry-run' -l 'dry-run' -d 'Say what a replay would do and take, and execute nothing.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" thresholds' -l 'thresholds' -d 'Count verdicts at other thresholds of harm from the effects already measured; nothing is replayed.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" as-if' -l 'as-if' -d 'Replay as if this policy had decided and show how the end differs; the ledger stays as it is.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" strict' -l 'strict' -d 'End with status 65 when a harmful statement was let through.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" allow-superuser' -l 'allow-superuser' -d 'Use a running server (postgresql://) though its role is a superuser, who may run programs there.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay replay" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay diff" -eq 1' -F
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay diff" -eq 2' -F
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" fail-on' -l 'fail-on' -d 'End with status 1 on these: risk, friction, leak, harm, any.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" allow-unknown' -l 'allow-unknown' -d 'How many less protected statements may be without a verdict before `risk` trips.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" markdown' -l 'markdown' -d 'Print a comment for a pull request, at most 60,000 bytes of Markdown.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" junit' -l 'junit' -d 'Write the gates as a JUnit report.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" sarif' -l 'sarif' -d 'Write the findings as SARIF 2.1.0.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" period' -l 'period' -d 'Only statements of this period, such as 2026-Q3 or 2026-07.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff"' -l 'session' -d 'Only this session; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" identity' -l 'identity' -d 'Only this identity, by user.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff"' -l 'connection' -d 'Only this connection; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" hoop-connections' -l 'hoop-connections' -d 'hoop\'s connections, for guardrails given as a file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" hoop-attributes' -l 'hoop-attributes' -d 'hoop\'s attributes, for guardrails given as a file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" hoop-dialect' -l 'hoop-dialect' -d 'The engine of hoop\'s patterns; without it the one of --hoop-version.' -rfka 're2 presidio'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" hoop-version' -l 'hoop-version' -d 'hoop\'s version: from 1.148 on patterns are Presidio\'s, before RE2\'s; without it RE2, and Presidio\'s for what RE2 refuses.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" today' -l 'today' -d 'The day that the traffic\'s age counts to; today otherwise.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay diff" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" identity' -l 'identity' -d 'Whose sessions: a user, the part before its @, or a pattern with *; where nobody is named, a database login.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find"' -l 'login' -d 'Only sessions under this database login, or a pattern with *; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find"' -l 'application' -d 'Only sessions of a client program of this name, or a pattern with *; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" kind' -l 'kind' -d 'Only humans, services or agents: human, service, agent.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find"' -l 'table' -d 'Only sessions that touched this table, by text or by effect; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" writes' -l 'writes' -d 'Only sessions that wrote, or tried to.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" harmful' -l 'harmful' -d 'Only sessions in which harm was measured, or with a finding.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find"' -l 'connection' -d 'Only sessions on this connection; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" from' -l 'from' -d 'From when: 2026-08-14, 2026-08-14T14:00, or 14:00 with --on. UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" to' -l 'to' -d 'Until before when; a date means to its end. UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" on' -l 'on' -d 'The day, for times without one; alone it is the whole day.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" around' -l 'around' -d 'Half an hour before this time to half an hour after it. UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" period' -l 'period' -d 'A whole period, such as 2026-Q3 or 2026-07.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" limit' -l 'limit' -d 'How many to list; 0 lists all. --json always has all.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay find" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" identity' -l 'identity' -d 'Whose sessions: a user, the part before its @, or a pattern with *; where nobody is named, a database login. With --from and --to or the like.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" from' -l 'from' -d 'From when: 2026-08-14, 2026-08-14T14:00, or 14:00 with --on. UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" to' -l 'to' -d 'Until before when; a date means to its end. UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" on' -l 'on' -d 'The day, for times without one; alone it is the whole day.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" around' -l 'around' -d 'Half an hour before this time to half an hour after it. UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" period' -l 'period' -d 'A whole period, such as 2026-Q3 or 2026-07.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident"' -l 'archive' -d 'Read this archive instead of a ledger; repeatable. Needs --shadow.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident"' -l 'shadow' -d 'A shadow, for --archive or --as-if; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" policy' -l 'policy' -d 'A policy to try: would one of its rules have stopped it?' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" as-if' -l 'as-if' -d 'Replay the sessions as if this policy had decided, and show how the end differs.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" show-literals' -l 'show-literals' -d 'Show statements as they were sent, literals and all.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" all' -l 'all' -d 'List every statement; runs of harmless ones are counted otherwise.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" markdown' -l 'markdown' -d 'Write the page as Markdown.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" html' -l 'html' -d 'Write the page as one HTML file that needs nothing else.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" allow-superuser' -l 'allow-superuser' -d 'Use a running server (postgresql://) though its role is a superuser, who may run programs there.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" log-time-zone' -l 'log-time-zone' -d 'The zone of times that carry none, such as Europe/Berlin or UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" log-year' -l 'log-year' -d 'The year in which a log begins whose times carry none.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" log-line-prefix' -l 'log-line-prefix' -d 'PostgreSQL\'s log_line_prefix, as SHOW says it, of text logs whose lines do not show it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay incident" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report"' -l 'framework' -d 'A framework to report; repeatable. `assay frameworks` lists them.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" period' -l 'period' -d 'The period, such as 2026-Q3, 2026-07 or 2026.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" output' -l 'output' -d 'The folder to write the package into.' -rfa '(__assay_complete_directories)'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" compare' -l 'compare' -d 'The folder of an earlier package: what changed since then is written next to this one.' -rfa '(__assay_complete_directories)'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" disclosure' -l 'disclosure' -d 'Write no package: say whose data this identity, or this session, saw, and what is not known of it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" sign' -l 'sign' -d 'A PEM file with a private key, Ed25519 or P-256, that signs the package; signatures are written next to it.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" prepared-by' -l 'prepared-by' -d 'Who prepares the package: written to PERIOD.run.json, and overrides the configuration\'s.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" replace' -l 'replace' -d 'Replace a package that was signed or signed off; PERIOD.run.json names it.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" shared' -l 'shared' -d 'Let every user of this machine read the package; without it, only you can.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" no-check' -l 'no-check' -d 'Report the ledger without comparing its rows with their digests; the package says so.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay report" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay verify" -ge 1' -F
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify"' -l 'trusted-key' -d 'A PEM file with a public key; what none of the trusted keys signed is not verified.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify"' -l 'checkpoint' -d 'A file of `seal --checkpoint`: the segment it signs as the newest must be there, and those before it.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" manifest-sha256' -l 'manifest-sha256' -d 'The SHA-256 that a package\'s MANIFEST.json must have, as you kept it elsewhere.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" templates' -l 'templates' -d 'The folder of templates that a package was made with, if it was made with your own.' -rfa '(__assay_complete_directories)'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" reperform' -l 'reperform' -d 'Make the package again from the archives that the configuration names, and compare every row and digest.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" workers' -l 'workers' -d 'Threads that measure for --reperform; the results do not depend on it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" log-time-zone' -l 'log-time-zone' -d 'The zone of times that carry none, such as Europe/Berlin or UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" log-year' -l 'log-year' -d 'The year in which a log begins whose times carry none.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" log-line-prefix' -l 'log-line-prefix' -d 'PostgreSQL\'s log_line_prefix, as SHOW says it, of text logs whose lines do not show it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay verify" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" from-archives' -l 'from-archives' -d 'Draw raw entries of the archives instead, and say which populations hold them.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" package' -l 'package' -d 'The package\'s folder.' -rfa '(__assay_complete_directories)'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" seed' -l 'seed' -d 'The seed: any text. Choose it after the package was sealed, and note it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" size' -l 'size' -d 'How many items to draw; with --by, of each stratum.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" confidence' -l 'confidence' -d 'How sure the sample must make, in percent.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" rate' -l 'rate' -d 'The share of deviations to exclude, in percent, such as 5 or 0.5.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" by' -l 'by' -d 'The column of the population that tells the strata, such as connection.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay sample" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" policy' -l 'policy' -d 'The policy to explain by; the configuration\'s unless it is given.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" show-literals' -l 'show-literals' -d 'Show the statement as it was sent, literals and all.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay explain" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" limit' -l 'limit' -d 'How many of each list to print; 0 prints all. --json always has all.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" fail-on' -l 'fail-on' -d 'End with status 1 at: bypass (a session past the proxy that nobody approved).' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay reconcile" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" schema' -l 'schema' -d 'How records are written: assay, cef, ecs, ocsf or otel.' -rfka 'assay cef ecs ocsf otel'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" ocsf-version' -l 'ocsf-version' -d 'The version of OCSF: 1.1, 1.5 or 1.8.' -rfka '1.1 1.5 1.8'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" to' -l 'to' -d 'Where records go; standard output unless it is given.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export"' -l 'kind' -d 'Only this kind: statement, finding, exception, test; repeatable. Exceptions and tests need the configuration.' -rfka 'statement finding exception test'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export"' -l 'connection' -d 'Only what is about this connection; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export"' -l 'verdict' -d 'Only statements of this verdict; repeatable. The first one that has none yet is waited for.' -rfka 'confirmed_allow confirmed_block confirmed_mask confirmed_review false_allow false_block mask_leak needless_review debatable_block debatable_review moot_block diverged inconclusive ungraded'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" graded' -l 'graded' -d 'Wait for the first statement that has no verdict yet: those behind it are sent later.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" show-literals' -l 'show-literals' -d 'Send statements as they were sent, literals and all.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" follow' -l 'follow' -d 'Go on: send what later commands add to the ledger, until it is ended.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" every' -l 'every' -d 'How often --follow looks, in seconds.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" again' -l 'again' -d 'Begin again: send what was sent before too.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" cursor' -l 'cursor' -d 'The name under which the ledger notes what was sent; the sink and the filters unless given.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" dead-letters' -l 'dead-letters' -d 'The file for what is refused; beside the ledger unless it is given.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" credential-file' -l 'credential-file' -d 'A file whose first line is the credential.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" ca-file' -l 'ca-file' -d 'A PEM file of certificates to trust in place of the system\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" create-only' -l 'create-only' -d 'Make documents and never replace one, as Elasticsearch\'s data streams ask for.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" batch' -l 'batch' -d 'How many records are sent at once.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" retries' -l 'retries' -d 'How often a delivery is tried again; with --follow for ever.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" timeout' -l 'timeout' -d 'How long an answer may take.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" strict' -l 'strict' -d 'End with status 65 when a record was refused.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay export" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay seal" -ge 1' -F
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" output' -l 'output' -d 'The native archive to write.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" key' -l 'key' -d 'A PEM file with an Ed25519 private key that signs the seal.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" previous' -l 'previous' -d 'The root of the segment before, in hex.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" checkpoint' -l 'checkpoint' -d 'Write the signed head of the chain to this file; needs --key.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal"' -l 'trusted-key' -d 'A PEM file with a public key; a native archive that none of the trusted keys signed is not sealed again.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" allow-rejected' -l 'allow-rejected' -d 'Write the archive although entries were rejected.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" log-time-zone' -l 'log-time-zone' -d 'The zone of times that carry none, such as Europe/Berlin or UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" log-year' -l 'log-year' -d 'The year in which a log begins whose times carry none.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" log-line-prefix' -l 'log-line-prefix' -d 'PostgreSQL\'s log_line_prefix, as SHOW says it, of text logs whose lines do not show it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay seal" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay shadow" -eq 1' -fa 'create' -d 'Make a shadow of synthetic rows from a schema, row counts and the ledger.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay shadow" -eq 1' -fa 'check' -d 'Say whether a source is a shadow, and of what.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay shadow" -eq 1' -fa 'classify' -d 'Name the columns of a shadow whose values a detector recognises.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" from' -l 'from' -d 'A schema with rows whose numbers are kept, never their values.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" schema' -l 'schema' -d 'A schema; rows that it holds are not looked at.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" rows' -l 'rows' -d 'Production\'s row counts, lines of table,rows.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" from-ledger' -l 'from-ledger' -d 'Plant the literals and parameters of the ledger\'s predicates.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create"' -l 'connection' -d 'Plant only what was recorded on this connection; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" seed' -l 'seed' -d 'Where the making of values starts.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" as-of' -l 'as-of' -d 'The moment that the shadow stands for.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" default-rows' -l 'default-rows' -d 'Rows of a table whose count is not known.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" maximum-rows' -l 'maximum-rows' -d 'The most rows of a table.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" output' -l 'output' -d 'Where to write the shadow.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" print-query' -l 'print-query' -d 'Print the read-only query that yields production\'s row counts.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" print-marker' -l 'print-marker' -d 'Print the SQL that marks a disposable copy on a running PostgreSQL server.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow create" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" allow-superuser' -l 'allow-superuser' -d 'Use a running server (postgresql://) though its role is a superuser, who may run programs there.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow check" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" allow-superuser' -l 'allow-superuser' -d 'Use a running server (postgresql://) though its role is a superuser, who may run programs there.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay shadow classify" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay policy" -eq 1' -fa 'check' -d 'Read policies and name everything wrong or odd in them, with line and column.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay policy" -eq 1' -fa 'suggest' -d 'Propose rules that would have stopped what was let through and did harm, with their measured figures.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay policy check" -ge 1' -F
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check"' -l 'shadow' -d 'A shadow whose tables and columns the policy may name, such as sqlite:FILE; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" hoop-connections' -l 'hoop-connections' -d 'hoop\'s connections, for guardrails given as a file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" hoop-attributes' -l 'hoop-attributes' -d 'hoop\'s attributes, for guardrails given as a file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'json\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" hoop-dialect' -l 'hoop-dialect' -d 'The engine of hoop\'s patterns; without it the one of --hoop-version.' -rfka 're2 presidio'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" hoop-version' -l 'hoop-version' -d 'hoop\'s version: from 1.148 on patterns are Presidio\'s, before RE2\'s; without it RE2, and Presidio\'s for what RE2 refuses.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" strict' -l 'strict' -d 'End with status 65 when there is a lint.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" allow-superuser' -l 'allow-superuser' -d 'Use a running server (postgresql://) though its role is a superuser, who may run programs there.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy check" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" policy' -l 'policy' -d 'The policy in hand: what it stops already is not proposed again.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" yaml' -l 'yaml' -d 'Print the proposals as a policy file instead of a table.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" output' -l 'output' -d 'Write the proposals as a policy file.' -rfa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'yaml\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" period' -l 'period' -d 'Only statements of this period, such as 2026-Q3 or 2026-07.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" identity' -l 'identity' -d 'Only this identity, by user.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest"' -l 'connection' -d 'Only this connection; repeatable.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay policy suggest" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay ledger" -eq 1' -fa 'fsck' -d 'Check that the ledger is whole, is what Assay wrote, and that its totals tie out.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay ledger" -eq 1' -fa 'slim' -d 'Cut the ledger down to what a diff of policies needs.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" archives' -l 'archives' -d 'Read the archives again and compare every record with them.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" log-time-zone' -l 'log-time-zone' -d 'The zone of times that carry none, such as Europe/Berlin or UTC.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" log-year' -l 'log-year' -d 'The year in which a log begins whose times carry none.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" log-line-prefix' -l 'log-line-prefix' -d 'PostgreSQL\'s log_line_prefix, as SHOW says it, of text logs whose lines do not show it.' -rfka ''
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger fsck" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" output' -l 'output' -d 'The new ledger; it must not be there yet.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" redact' -l 'redact' -d 'Leave out literals, comments, parameters, clients and e-mail addresses, and number the identities.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay ledger slim" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" engine' -l 'engine' -d 'Only the cases of this engine.' -rfka 'sqlite postgresql'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay selftest" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay formats" -eq 1' -fa 'list' -d 'List the archive formats that can be read, how each is told and what it can show.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay formats" -eq 1' -fa 'try' -d 'Say of what format a file is, or propose a mapping for it.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats list" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats list" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats list" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats list" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats list" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats list" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_positional "assay formats try" -eq 1' -F
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats try" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats try" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats try" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats try" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats try" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats try" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay formats try" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay frameworks" config' -l 'config' -d 'The configuration file.' -rfa '(set -l exts \'yaml\' \'yml\';for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.{$exts};printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay frameworks" ledger' -l 'ledger' -d 'The ledger, one SQLite file; overrides the configuration\'s.' -rF
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay frameworks" json' -l 'json' -d 'Print one JSON document on standard output.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay frameworks" quiet' -l 'quiet' -d 'Print nothing but failures (and the document of --json).'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay frameworks" color' -l 'color' -d 'Colours and bold titles; auto: on a terminal, unless NO_COLOR is set.' -rfka 'auto always never'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay frameworks" version' -l 'version' -d 'Show the version.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay frameworks" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'assay' -n '__assay_should_offer_completions_for_flags_or_options "assay help" version' -l 'version' -d 'Show the version.'
