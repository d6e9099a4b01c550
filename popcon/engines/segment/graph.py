from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
import cv2
import numpy as np
from popcon.engines.base import Click, Mask, Rgb
from popcon.engines.segment import choose
from popcon.engines.segment.regions import Regions, regions_of, to_lab, darkness_of_lines
from popcon.engines.segment.contour import sharpened
from popcon.engines.segment.evidence import Evidence, evidence_of

@dataclass
class Emb:
    regions: Regions
    evidence: Evidence
    depth: np.ndarray
    lab: np.ndarray
    lines: np.ndarray
    chain: dict = field(default_factory=dict)

class G:
    def encode(self, picture):
        r = regions_of(picture); e = evidence_of(r)
        zone = r.zone[r.labels]
        edge = np.zeros(zone.shape, np.uint8)
        edge[:, 1:] |= zone[:, 1:] != zone[:, :-1]; edge[1:] |= zone[1:] != zone[:-1]
        depth = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5)
        return Emb(r, e, depth, to_lab(picture), darkness_of_lines(to_lab(picture)))
    def predict(self, emb, clicks, previous=None):
        r = emb.regions
        spots = [choose.Spot(int(r.labels[int(c.y), int(c.x)]), c.positive, int(c.x), int(c.y)) for c in clicks]
        board = choose.Board(r, emb.evidence, np.ascontiguousarray(r.labels[::4, ::4]))
        x = None
        for n in range(1, len(spots)+1):
            key = tuple((int(c.x), int(c.y), c.positive) for c in clicks[:n])
            if key not in emb.chain:
                emb.chain[key] = choose.first_choice(board, spots[0]) if n == 1 else choose.mended(board, emb.chain[key[:-1]], spots[:n])
            x = emb.chain[key]
        told = np.zeros(r.labels.shape, np.int8)
        for sp in spots:
            same = np.zeros(told.shape, bool); w=(slice(max(0,sp.y-12),sp.y+13), slice(max(0,sp.x-12),sp.x+13))
            d = np.square(emb.lab[w]-emb.lab[sp.y,sp.x]).sum(2) < 64
            if np.count_nonzero(told[w]):  d &= told[w]==0
            _, cc = cv2.connectedComponents(d.astype(np.uint8), connectivity=4)
            piece = cc == cc[sp.y - w[0].start, sp.x - w[1].start]
            if sp.positive == x[sp.region]: piece &= (r.labels[w] == sp.region) | (np.hypot(*np.mgrid[w[0].start-sp.y:w[0].start-sp.y+d.shape[0], w[1].start-sp.x:w[1].start-sp.x+d.shape[1]])<4)
            else: piece &= (r.labels[w] == sp.region)
            told[w][piece] = 1 if sp.positive else -1
            told[sp.y, sp.x] = 1 if sp.positive else -1
        return np.where(sharpened(x[r.labels], emb.lab, emb.lines, told), 255, 0).astype(np.uint8), 1.0
