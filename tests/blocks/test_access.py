"""What blocks hand to the environment."""

import pytest
from pydantic import SecretStr

from blocks.access import DashScope, PublishingAccount
from popcon.engines.dashscope.settings import settings_from_environment


def test_a_publishing_account_names_what_the_targets_read() -> None:
    account = PublishingAccount(telegram_bot_token=SecretStr("11:x"), telegram_user_id="42", mastodon_url="")
    assert account.environment() == {"TELEGRAM_BOT_TOKEN": "11:x", "TELEGRAM_USER_ID": "42"}
    assert "11:x" not in repr(account)


def test_a_dashscope_account_may_name_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASHSCOPE_HTTP_BASE_URL", raising=False)
    told = {"region": "ap-southeast-1", "workspace": "ws1", "currency": "USD"}
    found = settings_from_environment(DashScope(api_key=SecretStr("sk-1"), settings=told).environment())
    assert found.address == "https://ws1.ap-southeast-1.maas.aliyuncs.com/api/v1"
    assert (str(found.account), found.key()) == ("ap-southeast-1 in USD", "sk-1")
