"""What a person sees of an answer or an error: the result on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from typing import NoReturn

from reconciler.errors import DesiredStateError, ReconcilerError
from reconciler.operations.desk import Answer
from reconciler.report import problems
from reconciler.report.wording import counted, printable


def show(answer: Answer) -> int:
    if answer.output:
        print(answer.output.rstrip("\n"), flush=True)
    return answer.exit


def fail(error: ReconcilerError) -> NoReturn:
    """Say what is wrong on stderr and end with 1."""
    if isinstance(error, DesiredStateError):
        print(problems.text(error.problems), end="", file=sys.stderr)
        errors = sum(problem.severity == "error" for problem in error.problems)
        print(f"{counted(errors, 'error')} in the desired state; nothing was written.", file=sys.stderr)
    else:
        for line in f"Error: {error}".splitlines():
            print(printable(line), file=sys.stderr)
    sys.exit(1)
