"""How a worker gets at a store and a vendor whose addresses and keys are kept in Prefect blocks.

A block is read by the process that works, when it starts to work: nothing is copied to a worker by hand. What is
set in the environment there goes before what a block says.
"""

import os
from typing import Self, cast

from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from pydantic import Field, SecretStr

from popcon.errors import BadInput, UnknownName
from popcon.storage.store import Access, Store, open_store, set_access

_PREFIX = "block:"


class _Named(Block):
    @classmethod
    def named(cls, name: str) -> Self | None:
        """Return the block of this name, or None."""
        try:
            return cast(Self, cls.load(name, _sync=True))  # type: ignore[call-arg]
        except ValueError as error:
            if isinstance(error.__cause__, ObjectNotFound) or "Unable to find block document" in str(error):
                return None
            raise


class ArtifactStore(_Named):
    """A place where PopCon keeps artifacts, results and jobs. A job names it as `block:NAME`."""

    _block_type_name = "PopCon artifact store"
    _block_type_slug = "popcon-artifact-store"
    _description = "Where PopCon keeps everything it made: a folder, or a bucket of any S3-compatible service."

    url: str = Field(description="a folder, or s3://bucket/prefix")
    endpoint_url: str | None = Field(default=None, description="address of the service; empty: AWS")
    access_key: str | None = Field(default=None, description="access key id; empty: from the worker's environment")
    secret_key: SecretStr | None = Field(default=None, description="its secret")

    def open(self) -> Store:
        """Return the store, with this block's keys."""
        if self.url.startswith("s3://"):
            secret = self.secret_key.get_secret_value() if self.secret_key else None
            set_access(self.url, Access(endpoint_url=self.endpoint_url, key=self.access_key, secret=secret))
        return open_store(self.url)


class DashScope(_Named):
    """An account with DashScope, and which of its models are used."""

    _block_type_name = "PopCon DashScope account"
    _block_type_slug = "popcon-dashscope"
    _description = "Key and models of the DashScope engines that draw and animate."

    api_key: SecretStr = Field(description="the key (sk-…) of the account")
    base_url: str = Field(default="", description="where the service is; empty: as region and workspace say")
    settings: dict[str, str] = Field(
        default_factory=dict,
        description="region, workspace, currency, video_model, resolution, seconds, draw_model, edit_model, sheet …",
    )

    def environment(self) -> dict[str, str]:
        """Return what the engines read from the environment."""
        named = {f"POPCON_DASHSCOPE_{name.upper()}": value for name, value in self.settings.items()}
        return {
            "DASHSCOPE_API_KEY": self.api_key.get_secret_value(),
            "DASHSCOPE_HTTP_BASE_URL": self.base_url,
            **named,
        }


class OpenAIImages(_Named):
    """An account with a service that speaks OpenAI's images API."""

    _block_type_name = "PopCon OpenAI images account"
    _block_type_slug = "popcon-openai-images"
    _description = "Key, model and price of an image engine behind an OpenAI-compatible images API."

    api_key: SecretStr = Field(description="the key of the account")
    base_url: str = Field(default="https://api.openai.com/v1", description="where the service is")
    model: str = Field(description="the model's name at the service")
    price: str = Field(description="what a picture of this model costs, in `currency`, such as 0.04")
    currency: str = Field(default="USD", description="of the price, the budgets and the bill")
    settings: dict[str, str] = Field(default_factory=dict, description="side, transparent, edits, at_once, timeout")

    def environment(self) -> dict[str, str]:
        """Return what the engine reads from the environment."""
        told = self.settings | {name: getattr(self, name) for name in ("base_url", "model", "price", "currency")}
        named = {f"POPCON_OPENAI_{name.upper()}": value for name, value in told.items()}
        return {"POPCON_OPENAI_API_KEY": self.api_key.get_secret_value(), **named}


class EngineSettings(_Named):
    """Settings of an engine that runs on the worker: where its weights are, its device."""

    _block_type_name = "PopCon engine settings"
    _block_type_slug = "popcon-engine-settings"
    _description = "Environment of PopCon's own engines on workers, such as POPCON_BIREFNET_PATH."

    environment_variables: dict[str, str] = Field(default_factory=dict, description="POPCON_… names and values")

    def environment(self) -> dict[str, str]:
        return {name: value for name, value in self.environment_variables.items() if name.startswith("POPCON_")}


class PublishingAccount(_Named):
    """The tokens that packs are published with. `popcon publish` reads the block `default` where the environment
    does not set them."""

    _block_type_name = "PopCon publishing account"
    _block_type_slug = "popcon-publishing"
    _description = "Tokens for publishing packs to Telegram, Discord, Mastodon-like servers and Google Chat."

    telegram_bot_token: SecretStr | None = Field(default=None, description="of the bot that makes the sets")
    telegram_user_id: str = Field(default="", description="numeric id of the sets' owner")
    discord_bot_token: SecretStr | None = Field(default=None, description="of a bot that may manage expressions")
    discord_guild_id: str = Field(default="", description="the server's id")
    mastodon_url: str = Field(default="", description="address of the server")
    mastodon_access_token: SecretStr | None = Field(default=None, description="of a person who may add emoji")
    google_chat_access_token: SecretStr | None = Field(default=None, description="with the scope chat.customemojis")

    def environment(self) -> dict[str, str]:
        """Return what the publishing targets read from the environment."""
        named = {
            "TELEGRAM_BOT_TOKEN": self.telegram_bot_token,
            "TELEGRAM_USER_ID": self.telegram_user_id,
            "DISCORD_BOT_TOKEN": self.discord_bot_token,
            "DISCORD_GUILD_ID": self.discord_guild_id,
            "MASTODON_URL": self.mastodon_url,
            "MASTODON_ACCESS_TOKEN": self.mastodon_access_token,
            "GOOGLE_CHAT_ACCESS_TOKEN": self.google_chat_access_token,
        }
        plain = {k: v.get_secret_value() if isinstance(v, SecretStr) else v for k, v in named.items()}
        return {name: value for name, value in plain.items() if value}


REGISTERED = (ArtifactStore, DashScope, OpenAIImages, EngineSettings, PublishingAccount)


def open_named_store(address: str) -> Store:
    """Return the store at an address: a folder, `s3://bucket/prefix`, or `block:NAME`.

    Raises:
        UnknownName: there is no artifact store block of this name.
    """
    if not address.startswith(_PREFIX):
        return open_store(address)
    name = address.removeprefix(_PREFIX)
    block = ArtifactStore.named(name)
    if block is None:
        raise UnknownName("artifact store block", name)
    return block.open()


def dashscope_accounts() -> list[dict[str, str]]:
    """Return the environments of all DashScope accounts that have a block, for whoever works for every job."""
    with get_client(sync_client=True) as client:
        try:
            found = client.read_block_documents_by_type(DashScope._block_type_slug or "")
        except PrefectHTTPStatusError as error:
            if error.response.status_code != 404:
                raise
            return []  # nothing was deployed to this server
    blocks = [DashScope.named(document.name) for document in found if document.name]
    return [block.environment() for block in blocks if block is not None]


def use_publishing_account(name: str = "default") -> None:
    """Put the tokens of a publishing block into this process's environment, where it has no own."""
    block = PublishingAccount.named(name)
    for variable, value in (block.environment() if block is not None else {}).items():
        if not os.environ.get(variable):
            os.environ[variable] = value


def address_of(url: str) -> str:
    """Return what to tell a worker about the store at `url`: the block `default` where that one has its keys."""
    if url.startswith("s3://"):
        block = ArtifactStore.named("default")
        if block is not None and block.url.rstrip("/") == url:
            return f"{_PREFIX}default"
    return url


def use_accounts(name: str = "default") -> None:
    """Put what the account and engine blocks of a name hold into this process's environment, where it has no own.

    Raises:
        BadInput: `name` is not "default" and no block has it.
    """
    kinds = (DashScope, OpenAIImages, EngineSettings)
    found = [block for block in (kind.named(name) for kind in kinds) if block is not None]
    if not found and name != "default":
        raise BadInput(f"No block of accounts or engine settings is named {name!r}.")
    for block in found:
        for variable, value in block.environment().items():
            if not os.environ.get(variable):  # compose files pass on empty ones for what is not set
                os.environ[variable] = value
