"""Writes the manual page from the help that `assay --experimental-dump-help` prints as JSON on standard input."""

import json
import sys

COMMON = ["config", "ledger", "json", "quiet", "version", "help"]


def roff(text):
    """Text as roff reads it literally: backslashes, hyphens that may be options, dots at the start of a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\n".join("\\&" + line if line.startswith((".", "'", "\\(aq")) else line for line in text.split("\n"))


def spelled(argument):
    """An argument's names with its value, such as `--config <file>`."""
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]
    value = roff(argument.get("valueName", ""))
    if argument["kind"] == "positional":
        return f"\\fI{value}\\fR" + (" ..." if argument["isRepeating"] else "")
    text = ", ".join(f"\\fB{roff(name)}\\fR" for name in names)
    return text if argument["kind"] == "flag" else f"{text} \\fI{value}\\fR"


def is_common(argument):
    return argument["kind"] != "positional" and argument["preferredName"]["name"] in COMMON


def own_arguments(command):
    return [argument for argument in command.get("arguments", []) if argument["shouldDisplay"] and not is_common(argument)]


def leaves(command, path):
    """Every command that can be run, with its names from `assay` on."""
    path = path + [command["commandName"]]
    inner = [sub for sub in command.get("subcommands", []) if sub["shouldDisplay"] and sub["commandName"] != "help"]
    if not inner:
        yield path, command
    for sub in inner:
        yield from leaves(sub, path)


def entry(argument):
    text = argument.get("abstract", "")
    if argument.get("allValues"):
        text += " One of " + ", ".join(argument["allValues"]) + "."
    if argument.get("defaultValue") not in (None, ""):
        text += f" Default: '{argument['defaultValue']}'."
    return f".TP\n{spelled(argument)}\n{roff(text)}"


def usage(path, command):
    parts = [f"\\fB{roff(' '.join(path))}\\fR"]
    for argument in own_arguments(command):
        text = spelled(argument)
        if argument["isRepeating"] and argument["kind"] != "positional":
            text += " ..."
        parts.append(f"[{text}]" if argument["isOptional"] else text)
    return " ".join(parts)


def paragraphs(text):
    return "\n.PP\n".join(roff(part) for part in text.split("\n\n"))


def main():
    root = json.load(sys.stdin)["command"]
    commands = list(leaves(root, []))
    lines = [
        '.\\" Written by docs/generate; change the commands, not this page.',
        f'.TH ASSAY 1 "" "assay {sys.argv[1]}" "User Commands"',
        ".SH NAME",
        f"assay \\- {roff(root['abstract'].rstrip('.'))}",
        ".SH SYNOPSIS",
        "\\fBassay\\fR \\fIcommand\\fR [\\fIoptions\\fR]",
        ".SH DESCRIPTION",
        paragraphs(root["discussion"]),
        ".SH COMMANDS",
    ]
    for path, command in commands:
        lines += [f".SS {roff(' '.join(path[1:]))}", usage(path, command), ".PP", roff(command["abstract"])]
        if command.get("discussion"):
            lines += [".PP", paragraphs(command["discussion"])]
        lines += [entry(argument) for argument in own_arguments(command)]
    shared = [argument for argument in commands[0][1]["arguments"] if is_common(argument)]
    lines += [".SH OPTIONS OF EVERY COMMAND"] + [entry(argument) for argument in shared]
    lines += [
        ".SH FILES",
        ".TP",
        "\\fIassay.yaml\\fR",
        roff("What a run needs: archives, policies, shadows, scope, frameworks. `assay init` writes a commented one."),
        ".TP",
        "\\fI.assay/ledger.db\\fR",
        roff("The ledger, where neither --ledger nor the configuration names another."),
        ".SH SEE ALSO",
        roff("The documents in docs/: assay-yaml.md, policy-language.md, json.md, evidence.md, package.md, native-archive.md."),
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
