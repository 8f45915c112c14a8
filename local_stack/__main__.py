"""python -m local_stack up | test [SUITE ...] [pytest's arguments] | demo"""

import os
import signal
import sys

from local_stack import env_file
from local_stack.errors import StackError
from local_stack.exec_wrapper import exit_with_parent

USAGE = """\
python -m local_stack up                            run the system; Ctrl-C stops it
python -m local_stack test [SUITE ...] [-- ...]     run the tests; further arguments go to pytest
python -m local_stack demo                          run the sample flow against the running system
--end-with-parent                                   exit when the parent process exits"""


def main(arguments: list[str]) -> int:
    if "--end-with-parent" in arguments:
        arguments.remove("--end-with-parent")
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    env_file.load(os.environ)
    try:
        match arguments:
            case ["up"]:
                from local_stack import (
                    up,  # imported here: the launcher stays in memory with the system
                )

                up.run(os.environ)
                return 0
            case ["test", *rest]:
                from local_stack import test_runner

                return test_runner.run(rest)
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
