import numpy as np

from popcon.engines.segment.regions import regions_of
from tests.popcon.engines.segment.pictures import clouds, disc_on, plain, tiles


def test_regions_partition_the_picture() -> None:
    picture, _ = disc_on(clouds())
    regions = regions_of(picture)
    assert regions.labels.min() == 0
    assert (np.bincount(regions.labels.ravel()) == regions.area).all()
    assert regions.area.min() > 0
    assert regions.area.sum() == picture.shape[0] * picture.shape[1]
    assert (regions.first < regions.second).all()
    assert regions.border.sum() == 4 * (picture.shape[0] - 1)


def test_every_pair_that_meets_is_an_edge_with_its_length() -> None:
    regions = regions_of(disc_on(tiles())[0])
    labels = regions.labels
    pairs: dict[tuple[int, int], int] = {}
    for a, b in ((labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])):
        for u, v in zip(a[a != b], b[a != b], strict=True):
            key = (min(int(u), int(v)), max(int(u), int(v)))
            pairs[key] = pairs.get(key, 0) + 1
    found = zip(regions.first.tolist(), regions.second.tolist(), regions.length.tolist(), strict=True)
    assert {(a, b): length for a, b, length in found} == pairs


def test_regions_follow_edges_to_the_pixel() -> None:
    picture, truth = disc_on(plain())
    regions = regions_of(picture)
    share = np.bincount(regions.labels.ravel(), truth.ravel()) / regions.area
    rebuilt = share[regions.labels] > 0.5
    assert (rebuilt != truth).sum() < 0.01 * truth.sum()


def test_flat_areas_are_cut_into_cells_so_that_a_contour_can_pass() -> None:
    regions = regions_of(plain())
    assert regions.area.max() <= 100
    assert len(set(regions.zone.tolist())) == 1


def test_an_outline_is_a_stroke_and_a_dark_area_is_none() -> None:
    picture, _ = disc_on(plain())
    picture[:40, :40] = (30, 24, 28)
    regions = regions_of(picture)
    ink = regions.ink[regions.labels] > 0
    assert ink[76, 80 - 39]
    assert not ink[10:30, 10:30].any()


def test_noise_does_not_shatter_a_picture() -> None:
    noisy = clouds().astype(np.int16) + np.random.default_rng(0).normal(0, 5, (160, 160, 3)).astype(np.int16)
    assert regions_of(np.clip(noisy, 0, 255).astype(np.uint8)).count < 2500
