"""Settings from the environment (`POPCON_…`)."""

import contextlib
import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from popcon.errors import Fault


class Settings(BaseSettings):
    """Where PopCon keeps things on this machine."""

    model_config = SettingsConfigDict(env_prefix="POPCON_", extra="ignore")

    home: Path = Field(default=Path("~/.popcon"), description="folder for everything that is not in the store")
    store: str = Field(default="", description="the store: a folder, or s3://bucket/prefix; empty: a folder in home")
    cut_out_on_gpu: bool = Field(default=False, description="deployed: cut out on the pool `gpu` with every engine")
    models_elsewhere: bool | None = Field(
        default=None,
        description="models' weights lie on other machines: not looked for here; unset: where the inference host is",
    )
    private_addresses: bool = Field(
        default=False,
        description="results and webhooks: also http, and addresses of this machine and its network; for tests and "
        "for services inside a company",
    )
    web_url: str = Field(default="http://127.0.0.1:4280", description="where the web app is, for links and pictures")
    web_token: SecretStr = Field(default=SecretStr(""), description="web app: the token that every request carries")
    web_hosts: str = Field(default="", description="web app: host names under which it is reached, separated by commas")
    web_proxies: str = Field(
        default="",
        description="web app: addresses or networks of reverse proxies whose X-Forwarded-For, -Host and -Proto count",
    )

    @property
    def store_url(self) -> str:
        """The store, as `open_store` takes it."""
        if self.store.startswith("s3://"):
            return self.store.rstrip("/")
        return str(Path(self.store or self.home / "store").expanduser().absolute())

    @property
    def home_folder(self) -> Path:
        """The home as an absolute path."""
        return self.home.expanduser().absolute()

    def private_home(self, *names: str) -> Path:
        """Make a folder in the home that only this user can enter, the home as well; returns it.

        Raises:
            Fault: one of them is a link (the home may be), no folder, or another user's.
        """
        folder = self.home_folder.resolve()
        try:
            private_folder(folder)
            for name in names:
                folder = private_folder(folder / name)
        except OSError as error:
            raise Fault(
                f"{folder} cannot be used as PopCon's own folder: {error}. Set POPCON_HOME to another."
            ) from error
        return folder

    def is_private(self, path: Path) -> bool:
        """Return whether a path lies in the home, which no other user may read."""
        return path.absolute().is_relative_to(self.home_folder)

    @property
    def prefect_home(self) -> Path:
        """Where Prefect looks for its settings in inline runs: apart from the user's own Prefect."""
        return self.private_home() / "prefect"


def private_folder(folder: Path) -> Path:
    """Make a folder that only this user can enter, or make sure that it is one.

    Raises:
        OSError: it is a link, no folder, or another user's.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if os.name == "nt":
        return folder
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)  # one look, and what was seen is changed
    try:
        found = os.fstat(number)
        if found.st_uid not in (os.geteuid(), 0):  # root's: a mounted volume; root can read everything anyway
            raise PermissionError(f"{folder} belongs to another user.")
        if found.st_mode & 0o077 and found.st_uid == os.geteuid():
            os.fchmod(number, 0o700)
    finally:
        os.close(number)
    return folder


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
