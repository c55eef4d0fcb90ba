"""Cut-outs for billboards: fractal blobs and crowns of leaves."""
import cv2
import numpy as np
from .textures import TEX

F32 = np.float32


def blob_mask(rng, w, h, rough=None):
    """Random smooth closed silhouette (Fourier radius) filling roughly w x h."""
    w, h = max(int(w), 3), max(int(h), 3)
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False); r = np.ones_like(t)
    rough = rng.uniform(.05, .35) if rough is None else rough
    for k in range(2, 9): r += rng.normal(0, rough / k) * np.cos(k * t + rng.uniform(0, 6.3))
    r = np.clip(r, .25, None); r /= r.max()
    p = np.stack([w / 2 + r * np.cos(t) * (w / 2 - 1), h / 2 + r * np.sin(t) * (h / 2 - 1)], 1)
    m = np.zeros((h, w), np.uint8); cv2.fillPoly(m, [np.round(p * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return m.astype(F32) / 255


def crown_mask(rng, w, h, B, holes=None):
    """Foliage silhouette: fractal noise thresholded by a radial falloff."""
    w, h = max(int(w), 4), max(int(h), 4)
    n = B.noise[rng.integers(4, 16)]; s = rng.integers(0, TEX, 2)
    sc = rng.uniform(.5, 1.6) * 110 / max(w, h)
    y, x = np.mgrid[0:h, 0:w].astype(F32)
    nn = cv2.remap(n, np.mod(x * sc + s[0], TEX).astype(F32), np.mod(y * sc + s[1], TEX).astype(F32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    u, v = (x - w / 2) / (w / 2), (y - h / 2) / (h / 2)
    k = rng.integers(3)
    if k == 0: d = np.sqrt(u * u + v * v)
    elif k == 1: d = np.maximum(np.abs(u) / np.maximum((v + 1) / 2, .02), np.abs(v))   # conifer
    else: d = (np.abs(u) ** 3 + np.abs(v) ** 3) ** (1 / 3)
    amp = rng.uniform(.5, 1.6); t = (1 - d) + (nn - .5) * amp - rng.uniform(.0, .25)
    if d.shape[0] > 2:
        t = np.where(d > 1.02, -1, t)
    return np.clip(t * min(w, h) * .15 + .5, 0, 1).astype(F32), nn
