"""The command ``explain``: what a finding, a status, a rule of derivations or an optimizer is."""

from __future__ import annotations

import argparse

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit code."""
    from symderive.cli import usage, write
    from symderive.documents.codes import CODES, STATUSES, explanation

    if options.code is None:
        write("\n".join(f"{code.id}  {code.name}: {code.title}" for code in CODES.values()) + "\n")
        return 0
    wanted = options.code.strip()
    names = {code.name: code for code in CODES.values()}
    status = wanted.upper().replace("-", "_").replace(" ", "_")
    code = CODES.get(wanted.upper()) or names.get(wanted.lower())
    answers = [f"{status}: {STATUSES[status]}"] if status in STATUSES else []
    answers += [explanation(code)] if code is not None else []
    if answers:
        write("\n\n".join(answers) + "\n")
        return 0
    if "." in wanted or wanted.lower() in ("rule", "rules"):
        return _explain_rule(wanted.lower())
    from symderive.optimizers.names import canonical, known_names

    if canonical(wanted) is not None:
        from symderive.optimizers.explanation import explained

        write(explained(wanted))
        return 0
    if wanted.lower() in ("optimizer", "optimizers", "schedule", "schedules"):
        from symderive.optimizers.explanation import listed

        write(listed(wanted.lower()))
        return 0
    import difflib

    # Compared without regard to case, and named as they are typed.
    known = {name.lower(): name for name in (*CODES, *STATUSES, *names, *known_names())}
    near = [known[name] for name in difflib.get_close_matches(wanted.lower(), known, n=3)]
    advice = (
        f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(CODES)} and the statuses"
    )
    return usage(f"there is no {wanted!r}: {advice}")


def _explain_rule(wanted: str) -> int:
    """What a rule of derivations says, in both languages, with its example; ``rules`` lists them."""
    from symderive.cli import usage, write
    from symderive.rules import RULES, rule

    if wanted in ("rule", "rules"):
        longest = max(map(len, RULES), default=0)
        write("".join(f"{name:<{longest}}  {row.en}\n" for name, row in RULES.items()))
        return 0
    try:
        found = rule(wanted)
    except LookupError as error:
        return usage(str(error.args[0]))
    from symderive.render.outline import rule_example
    from symderive.render.unicode_math import unicode_math

    example, given = rule_example(found)
    lines = [found.id, f"  {found.en.replace('{}', '…')}", f"  {found.ko.replace('{}', '…')}", "", "Example:"]
    lines += [f"    {unicode_math(example)}"]
    lines += [
        f"    {'where' if number == 0 else '     '} {text}"
        for number, text in enumerate(map(unicode_math, given))
    ]
    write("\n".join(lines) + "\n")
    return 0
