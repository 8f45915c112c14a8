"""python -m local_stack up | test [SUITE ...] [pytest's arguments] | demo"""

import os
import signal
import sys

from local_stack.child import end_with_launcher
from local_stack.errors import StackError

USAGE = """\
python -m local_stack up                            the system in the foreground; Ctrl-C stops it
python -m local_stack test [SUITE ...] [-- ...]     the tests; what follows the suites goes to pytest
python -m local_stack demo                          the sample flow against the running system, step by step
--end-with-parent                                   stop when the process that started this one ends"""


def main(arguments: list[str]) -> int:
    if "--end-with-parent" in arguments:
        arguments.remove("--end-with-parent")
        end_with_launcher(os.getppid(), int(signal.SIGTERM))
    try:
        match arguments:
            case ["up"]:
                from local_stack import up  # each with what it needs: the launcher stays in memory as long as the system

                up.run(os.environ)
                return 0
            case ["test", *rest]:
                from local_stack import suites

                return suites.run(rest)
            case ["demo"]:
                from local_stack import demo

                demo.run(os.environ)
                return 0
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
