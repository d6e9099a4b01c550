"""Start an inference host: python -m popcon.inference --serve birefnet='{"path": "…", "trust_remote_code": true}'

Settings that are not given come from the environment (POPCON_BIREFNET_PATH …). The host answers at once and loads in
the background; GET /ready says what is not there yet, and why.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading

from pydantic import ValidationError

from popcon.errors import BadInput, PopconError
from popcon.inference.server import Host
from popcon.inference.service import Service, configured_engines
from popcon.models.job import EngineChoice


def choice_of(text: str) -> EngineChoice:
    """Return an engine from NAME or NAME=JSON.

    Raises:
        BadInput: the settings are no JSON object of plain values.
    """
    name, _, settings = text.partition("=")
    try:
        return EngineChoice(name=name, settings=json.loads(settings or "{}"))
    except (ValueError, ValidationError) as error:
        raise BadInput(f"The settings of {name} have to be a JSON object of plain values, not {settings!r}.") from error


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop. Returns 2 for bad input, 1 for a fault."""
    parser = argparse.ArgumentParser(prog="python -m popcon.inference", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="interface; any but loopback needs a token")
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--serve", action="append", default=[], metavar="NAME=JSON", help="an engine and its settings")
    parser.add_argument("--configured", action="store_true", help="serve every engine that the environment configures")
    parser.add_argument("--any", action="store_true", help="also serve what callers with the token name")
    parser.add_argument("--waiting", type=int, default=128, help="frames that may wait for one model")
    parser.add_argument("--again", type=float, default=20.0, help="seconds between tries to load what is not there yet")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    os.environ.pop("POPCON_INFERENCE_URL", None)  # a host does not ask itself
    try:
        served = [choice_of(each) for each in options.serve] + (configured_engines() if options.configured else [])
        service = Service(served, options.any, options.waiting)
        host = Host(service, (options.host, options.port), os.environ.get("POPCON_INFERENCE_TOKEN", ""))
    except PopconError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, BadInput) else 1
    except OSError as error:
        print(f"The port {options.port} cannot be listened on: {error.strerror or error}.", file=sys.stderr)
        return 1
    over = threading.Event()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: threading.Thread(target=host.shutdown).start())
    print(f"Inference host at {host.url}", file=sys.stderr, flush=True)
    threading.Thread(target=_load, args=(service, over, options.again), daemon=True).start()
    host.serve_forever()
    over.set()
    host.server_close()
    service.close()
    return 0


def _load(service: Service, over: threading.Event, again: float) -> None:
    """Load what is served, and go on trying: weights may be put where they should be while the host runs."""
    told: dict[str, str] = {}
    while not service.load():
        for name, problem in service.problems.items():
            if told.get(name) != problem:
                print(f"{name} is not ready: {problem}", file=sys.stderr, flush=True)
        told = dict(service.problems)
        if over.wait(again):
            return
    print("Ready.", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
