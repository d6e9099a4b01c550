"""The catalogue, the choice by price, and accounts of several regions and currencies."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dashscope_double.process import DoubleProcess
from dashscope_double.service import OTHER_KEYS

from popcon.engines import registry
from popcon.engines.base import Shot
from popcon.engines.dashscope.catalogue import built_in, read_catalogue
from popcon.engines.dashscope.choose import choose_clip, choose_draw_model, choose_edit_model, clip_offers
from popcon.engines.dashscope.client import DashScopeClient
from popcon.engines.dashscope.settings import DashScopeSettings, settings_from_environment
from popcon.engines.image.dashscope import DashScopeImage
from popcon.engines.video.dashscope import DashScopeVideo
from popcon.errors import BadInput, BudgetExceeded, ServiceFault, ServiceRefused
from popcon.jobs.engine_sets import ENGINE_SETS, chosen_engines
from popcon.jobs.spec_builder import DEMO_ACTIONS, chosen_actions
from popcon.ledger.bill import bill
from popcon.ledger.ledger import Ledger
from popcon.ledger.purchase import read_record
from popcon.ledger.reconcile import settle_left_behind
from popcon.ledger.record import PaidStep
from popcon.ledger.settings import day_budget
from popcon.models.job import EngineChoice, JobSpec
from popcon.pipeline.comparison import billing_currency, compare
from popcon.pipeline.prices import estimated_price

MakeLedger = Callable[..., Ledger]
MakeStep = Callable[..., PaidStep]


def chosen(**given: Any) -> tuple[str, str, int, Decimal | None]:
    offer = choose_clip(DashScopeSettings.model_validate(given))
    return offer.model, offer.resolution, offer.seconds, offer.price


def test_the_cheapest_clip_that_has_the_pixels_and_the_length_is_chosen() -> None:
    assert chosen() == ("wan2.2-kf2v-flash", "480P", 5, Decimal("0.50"))
    assert chosen(plays=2) == ("wan2.6-i2v-flash", "720P", 2, Decimal("0.30"))
    assert chosen(pixels=900) == ("wan2.6-i2v-flash", "720P", 4, Decimal("0.60"))
    assert chosen(plays=20, workspace="ws1") == ("wan3.0-video", "480P", 20, Decimal("6.00"))
    assert chosen(video_model="wan2.7-i2v") == ("wan2.7-i2v", "720P", 4, Decimal("2.40"))
    assert chosen(video_model="wan2.2-i2v-flash", resolution="1080P", seconds=5)[3] == Decimal("2.40")


def test_a_clip_that_closes_its_loop_may_cost_a_quarter_more() -> None:
    """Five seconds of the cheapest looping model at 0.50 against three of a cheaper one that does not loop at 0.45."""
    assert chosen(plays=3) == ("wan2.2-kf2v-flash", "480P", 5, Decimal("0.50"))
    dear = {"shape": "first_last", "seconds": (5, 5), "prices": [{"rates": {"480P": Decimal("0.12")}}]}
    assert chosen(plays=3, video_models={"wan2.2-kf2v-flash": dear})[0] == "wan2.6-i2v-flash"
    # A loop that is longer than can play, even faster, is none.
    offers = {offer.model: offer for offer in clip_offers(DashScopeSettings(plays=2)) if offer.resolution == "480P"}
    assert not offers["wan2.2-kf2v-flash"].loops


def test_offers_say_why_they_cannot_be_bought() -> None:
    offers = {(offer.model, offer.resolution): offer for offer in clip_offers(DashScopeSettings(plays=15, pixels=700))}
    assert offers["wan2.2-kf2v-flash", "480P"].why_not == "makes 5 s at most"
    assert offers["wan3.0-video", "480P"].why_not == "sold at workspace hosts only"
    assert offers["wan2.6-i2v-flash", "720P"].why_not == ""
    cheap = {(offer.model, offer.resolution): offer for offer in clip_offers(DashScopeSettings(pixels=700))}
    assert cheap["wan2.2-kf2v-flash", "480P"].why_not == "624 px is less than the 700 px that are needed"
    assert cheap["wan2.2-kf2v-flash", "480P"].loops


def test_pictures_are_drawn_and_edited_by_the_cheapest_that_can_do_both() -> None:
    settings = DashScopeSettings()
    assert choose_edit_model(settings) == "qwen-image-2.0"
    assert choose_draw_model(settings, "qwen-image-2.0") == "qwen-image-2.0"
    assert choose_draw_model(settings, "qwen-image-edit-plus") == "wan2.2-t2i-flash"


def test_a_model_whose_price_is_not_known_is_not_bought() -> None:
    with pytest.raises(BadInput, match=r"What qwen-image-2\.1 costs in cn-beijing in CNY is not known"):
        DashScopeImage(DashScopeSettings(edit_model="qwen-image-2.1"))
    with pytest.raises(BadInput, match=r"wan3\.0-video is sold at workspace hosts only; set POPCON_DASH"):
        DashScopeVideo(DashScopeSettings(video_model="wan3.0-video"))
    with pytest.raises(BadInput, match=r"What wan2\.2-i2v-flash costs in ap-southeast-1 in CNY is not known"):
        DashScopeVideo(DashScopeSettings(region="ap-southeast-1", video_model="wan2.2-i2v-flash"))


def test_a_file_of_a_persons_own_adds_prices_and_models(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        """
        [image."qwen-image-2.1"]
        wire = "conversation"
        edits = true
        draws = true
        alpha = true
        prices = [{ region = "cn-beijing", currency = "CNY", price = 0.19 }]
        """
    )
    settings = DashScopeSettings(catalogue_file=str(own))
    assert choose_edit_model(settings) == "qwen-image-2.1"
    assert DashScopeImage(settings).price() == Decimal("0.19")
    own.write_text("[image.x]\nwire = 'telepathy'\n")
    with pytest.raises(BadInput, match=r"own\.toml cannot be used: image\.x\.wire"):
        read_catalogue(str(own), 1.0)
    with pytest.raises(BadInput, match="cannot be read: FileNotFoundError"):
        read_catalogue(str(tmp_path / "none.toml"))


def test_the_host_says_the_region() -> None:
    def account(**given: Any) -> str:
        return str(DashScopeSettings.model_validate(given).account)

    assert account() == "cn-beijing in CNY"
    assert account(base_url="https://dashscope-intl.aliyuncs.com/api/v1") == "ap-southeast-1 in CNY"
    assert account(base_url="https://ws1.ap-southeast-1.maas.aliyuncs.com/api/v1", currency="USD").endswith("USD")
    settings = DashScopeSettings(region="ap-southeast-1", workspace="ws1", currency="USD")
    assert settings.address == "https://ws1.ap-southeast-1.maas.aliyuncs.com/api/v1"
    assert chosen(region="ap-southeast-1", workspace="ws1", currency="USD")[3] == Decimal("0.20")
    assert chosen(region="ap-southeast-1", workspace="ws1")[3] == Decimal("1.500")
    with pytest.raises(BadInput, match="is a host of ap-southeast-1, not of cn-beijing"):
        account(base_url="https://dashscope-intl.aliyuncs.com/api/v1", region="cn-beijing")
    with pytest.raises(BadInput, match="eu-central-1 has workspace hosts only"):
        account(region="eu-central-1")


def test_every_entry_says_when_it_was_seen() -> None:
    catalogue = built_in()
    for name, model in {**catalogue.video, **catalogue.image}.items():
        assert model.seen_on, name
        assert not model.successor or model.successor in {**catalogue.video, **catalogue.image}, name


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_DASHSCOPE_REGION", "ap-southeast-1")
    monkeypatch.setenv("POPCON_DASHSCOPE_WORKSPACE", "ws1")
    monkeypatch.setenv("POPCON_DASHSCOPE_CURRENCY", "USD")
    found = settings_from_environment()
    assert (str(found.account), found.account.workspace_host) == ("ap-southeast-1 in USD", True)


# Accounts, through the real SDK: the double stands behind a proxy and sees the hosts' own names.


@pytest.fixture
def hosts(double: DoubleProcess, monkeypatch: pytest.MonkeyPatch) -> DoubleProcess:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{double.port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{double.port}")
    return double


def singapore(**given: Any) -> DashScopeSettings:
    return DashScopeSettings.model_validate(
        {
            "api_key": OTHER_KEYS["ap-southeast-1"],
            "base_url": "http://ws1.ap-southeast-1.maas.aliyuncs.com/api/v1",
            "currency": "USD",
            "look_every": 0.1,
            "seconds": 2,
            **given,
        }
    )


def test_two_accounts_of_two_regions_buy_in_one_process(
    hosts: DoubleProcess, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any, character: Any
) -> None:
    book = ledger()
    book._limits = _Free()  # type: ignore[assignment]
    beijing = singapore(api_key=hosts.key, base_url="http://dashscope.aliyuncs.com/api/v1", currency="", seconds=0)
    hosts.play("create", "reset_after")
    for name, settings in (("usd", singapore()), ("cny", beijing)):
        DashScopeVideo(settings, book).for_step(step(name)).animate(start_frame, character, shot)
    assert book.spending("fox-1", "USD").spent == Decimal("0.10")
    assert book.spending("fox-1").spent == Decimal("0.50")
    assert [create["model"] for create in hosts.stats()["creates"]] == ["wan3.0-video", "wan2.2-kf2v-flash"]
    account = bill(book, "fox-1")
    assert account.spent_text == "0.50 CNY + 0.10 USD"
    assert book.spending_of_day(currency="USD").spent == Decimal("0.10")


def test_a_budget_holds_in_the_currency_of_the_account(
    hosts: DoubleProcess, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any, character: Any
) -> None:
    book = ledger()
    book._limits = _Free()  # type: ignore[assignment]
    engine = DashScopeVideo(singapore(), book)
    with pytest.raises(BudgetExceeded, match=r"costs up to 0\.10 USD and would pass the job's budget of 0\.09 USD"):
        engine.for_step(step(budget="0.09")).animate(start_frame, character, shot)
    engine.for_step(step(budget="0.10")).animate(start_frame, character, shot)
    assert bill(book, "fox-1").spent_text == "0.10 USD"


def test_a_key_of_another_region_is_told_as_such(
    hosts: DoubleProcess, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any, character: Any
) -> None:
    book = ledger()
    book._limits = _Free()  # type: ignore[assignment]
    with pytest.raises(ServiceRefused, match=r"not accept this key in ap-southeast-1; .*set POPCON_DASHSCOPE_REGION"):
        DashScopeVideo(singapore(api_key=hosts.key), book).for_step(step()).animate(start_frame, character, shot)
    assert book.spending("fox-1", "USD").total == 0


def test_what_one_account_ordered_is_not_asked_of_another(
    hosts: DoubleProcess, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any, character: Any
) -> None:
    book = ledger(patience=0.3)
    book._limits = _Free()  # type: ignore[assignment]
    hosts.play("poll", "answer", status=500, code="InternalError", times=10_000)
    with pytest.raises(ServiceFault):
        DashScopeVideo(singapore(), book).for_step(step()).animate(start_frame, character, shot)
    hosts.clear("poll")
    other = singapore(api_key=hosts.key, base_url="http://ws1.cn-beijing.maas.aliyuncs.com/api/v1", currency="")
    with pytest.raises(ServiceFault, match="ordered with the account of ap-southeast-1 in USD"):
        DashScopeVideo(other, book).for_step(step()).animate(start_frame, character, shot)
    DashScopeVideo(singapore(), book).for_step(step()).animate(start_frame, character, shot)
    record = read_record(book.store, "key-1")
    assert record is not None
    assert (record.currency, record.paid) == ("USD", Decimal("0.10"))
    assert len(hosts.stats()["creates"]) == 1


def test_upkeep_asks_each_account_about_its_own_tasks(
    hosts: DoubleProcess, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any, character: Any
) -> None:
    book = ledger(patience=0.3)
    book._limits = _Free()  # type: ignore[assignment]
    beijing = singapore(api_key=hosts.key, base_url="http://dashscope.aliyuncs.com/api/v1", currency="", seconds=0)
    hosts.play("poll", "answer", status=500, code="InternalError", times=10_000)
    for name, settings in (("usd", singapore()), ("cny", beijing)):
        with pytest.raises(ServiceFault):
            DashScopeVideo(settings, book).for_step(step(name)).animate(start_frame, character, shot)
    hosts.clear("poll")
    (alone,) = [each for each in settle_left_behind(book, [DashScopeClient(beijing)], 0.0) if each.key == "usd"]
    assert (alone.outcome, "account of ap-southeast-1 in USD" in alone.note) == ("unclear", True)
    both = settle_left_behind(book, [DashScopeClient(beijing), DashScopeClient(singapore())], 0.0)
    assert [each.outcome for each in both] == ["fetched"]
    assert bill(book, "fox-1").spent_text in ("0.50 CNY + 0.10 USD", "0.10 USD + 0.50 CNY")
    assert len(hosts.stats()["creates"]) == 2


def test_an_uploaded_picture_goes_to_the_accounts_own_host(
    hosts: DoubleProcess, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any, character: Any
) -> None:
    book = ledger()
    book._limits = _Free()  # type: ignore[assignment]
    DashScopeVideo(singapore(send_pictures="upload"), book).for_step(step()).animate(start_frame, character, shot)
    assert hosts.stats()["uploads"] == 1


def test_the_budget_of_a_day_knows_currencies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_DAY_BUDGET", "50 CNY, 8.5 USD")
    assert (day_budget("CNY"), day_budget("USD"), day_budget("EUR")) == (Decimal(50), Decimal("8.5"), Decimal(0))
    monkeypatch.setenv("POPCON_DAY_BUDGET", "12")
    assert day_budget("USD") == Decimal(12)


class _Free:
    def slot(self, model: str) -> Any:
        import contextlib

        return contextlib.nullcontext()

    def submit(self, model: str) -> None:
        """Always."""


def test_a_plan_compares_what_the_demo_order_would_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DASHSCOPE_HTTP_BASE_URL", "POPCON_DASHSCOPE_VIDEO_MODEL"):
        monkeypatch.delenv(name, raising=False)
    spec = JobSpec(
        title="Fox",
        description="a fox",
        actions=tuple(chosen_actions(",".join(DEMO_ACTIONS), ())),
        platforms=("line-emoji",),
        engines=ENGINE_SETS["dashscope"],
    )
    compared = compare(spec)
    chosen = {each.offer.kind: (each.offer.model, each.estimate) for each in compared.offers if each.offer.chosen}
    assert chosen == {
        "picture": ("qwen-image-2.0", Decimal("0.20")),
        "clip": ("wan2.2-kf2v-flash", Decimal("4.00")),
    }
    (more,) = compared.lines()
    assert more.startswith("wan2.6-i2v-flash 720P would cost 0.80 CNY more for the job: 960 instead of 624 px;")
    assert more.endswith("what it lacks: closes the loop.")
    assert estimated_price("start_frame", spec) * 8 == Decimal("0.20")
    assert billing_currency(spec) == "CNY"
    assert compare(spec.model_copy(update={"engines": ENGINE_SETS["embedded"]})).rows() == []


@pytest.mark.parametrize(
    ("platforms", "needs", "chosen"),
    [
        (("line-emoji",), {"pixels": 180, "plays": 4}, ("wan2.2-kf2v-flash", "480P", 5)),
        (("telegram-sticker", "line-emoji"), {"pixels": 512, "plays": 3}, ("wan2.2-kf2v-flash", "480P", 5)),
    ],
)
def test_the_platforms_of_an_order_choose_its_clips(
    monkeypatch: pytest.MonkeyPatch, platforms: tuple[str, ...], needs: dict[str, int], chosen: tuple[str, str, int]
) -> None:
    for name in ("DASHSCOPE_HTTP_BASE_URL", "POPCON_DASHSCOPE_VIDEO_MODEL"):
        monkeypatch.delenv(name, raising=False)
    engines = chosen_engines("dashscope", EngineChoice(name="keyed"), EngineChoice(name="graph"), platforms=platforms)
    assert engines.video.settings == needs
    (offer,) = [offer for offer in registry.offers("video", engines.video) if offer.chosen]
    assert (offer.model, offer.resolution, offer.seconds) == chosen
