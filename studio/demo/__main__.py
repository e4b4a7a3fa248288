"""`python -m studio.demo`: the demo provider without Django; prints {"port": N} when ready."""

import argparse
from pathlib import Path

from studio.demo.server import add_arguments, announce_as_json, options_from, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m studio.demo", description=__doc__)
    add_arguments(parser, state_dir=Path("data/demo"))
    run(options_from(vars(parser.parse_args())), announce_as_json)


if __name__ == "__main__":
    main()
