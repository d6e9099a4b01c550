"""What blocks hand to the environment."""

from pydantic import SecretStr

from blocks.access import PublishingAccount


def test_a_publishing_account_names_what_the_targets_read() -> None:
    account = PublishingAccount(telegram_bot_token=SecretStr("11:x"), telegram_user_id="42", mastodon_url="")
    assert account.environment() == {"TELEGRAM_BOT_TOKEN": "11:x", "TELEGRAM_USER_ID": "42"}
    assert "11:x" not in repr(account)
