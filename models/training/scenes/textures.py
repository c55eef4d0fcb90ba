"""Textures from spectral noise: colors, patterns, and a bank of them with mip levels."""
import math
import cv2
import numpy as np

F32 = np.float32
TEX = 256


def fractal(rng, n=TEX, beta=1.0, lo=2, hi=None):
    """Tileable fractal noise in [0,1] with spectrum ~ 1/f^beta (spectral synthesis)."""
    fy = np.fft.fftfreq(n)[:, None] * n
    fx = np.fft.rfftfreq(n)[None] * n
    r = np.sqrt(fx * fx + fy * fy)
    a = np.where(r >= lo * 0.5, 1.0 / np.maximum(r, 1) ** beta, 0)
    if hi:
        a = a * (r <= hi)
    ph = rng.uniform(0, 2 * np.pi, a.shape)
    t = np.fft.irfft2(a * np.exp(1j * ph), s=(n, n))
    t = (t - t.mean()) / (t.std() + 1e-9)
    return np.clip(0.5 + t * 0.2, 0, 1).astype(F32)


def palette(rng, kind=None):
    """A random base colour (RGB 0..1); natural families are more likely than neon."""
    k = rng.integers(9) if kind is None else kind
    if k == 0:   # grey / white / concrete
        g = rng.uniform(.15, .95); c = np.array([g, g, g]) + rng.normal(0, .03, 3)
    elif k in (1, 2):  # wood, earth, skin-like browns
        v = rng.uniform(.2, .85); c = np.array([v, v * rng.uniform(.6, .85), v * rng.uniform(.3, .65)])
    elif k == 3:  # greens
        v = rng.uniform(.12, .6); c = np.array([v * rng.uniform(.5, 1.), v, v * rng.uniform(.15, .6)])
    elif k == 4:  # blues
        v = rng.uniform(.2, .8); c = np.array([v * rng.uniform(.2, .7), v * rng.uniform(.5, .9), v])
    elif k == 5:  # reds / oranges
        v = rng.uniform(.35, .9); c = np.array([v, v * rng.uniform(.1, .6), v * rng.uniform(.05, .35)])
    elif k == 6:  # dark
        c = rng.uniform(.02, .18, 3)
    else:
        c = rng.uniform(.08, .95, 3)
        c = c.mean() + (c - c.mean()) * rng.uniform(.3, 1.)
    return np.clip(c, .02, .97).astype(F32)


def two_tone(t, a, b):
    return (a + (b - a) * t[..., None]).astype(F32)


def make_texture(rng):
    n = TEX
    k = rng.integers(14)
    a = palette(rng)
    b = np.clip(a * rng.uniform(.4, 1.5) + rng.normal(0, .06, 3), 0, 1) if rng.random() < .7 else palette(rng)
    f = fractal(rng, beta=rng.uniform(.5, 1.8))
    if k <= 1:
        t = two_tone(f, a, b)
    elif k == 2:  # marbled / wood grain
        y, x = np.mgrid[0:n, 0:n] / n
        w = np.sin(2 * np.pi * (x * rng.integers(2, 12) + fractal(rng, beta=1.6, hi=12) * rng.uniform(.5, 4) * 2))
        t = two_tone(np.clip(.5 + .35 * w + .5 * (f - .5), 0, 1), a, b)
    elif k == 3:  # bricks / tiles
        img = np.tile(b, (n, n, 1)).astype(F32); rows = 2 ** rng.integers(1, 5); cols = max(1, rows // 2)
        hh, ww = n // rows, n // cols; g = max(1, int(hh * rng.uniform(.04, .14))); off = rng.random() < .6
        for i in range(rows):
            for j in range(-1, cols + 1):
                o = (ww // 2) * (i % 2) if off else 0
                c = a * rng.uniform(.75, 1.2) + rng.normal(0, .02, 3)
                cv2.rectangle(img, (j * ww + o + g, i * hh + g), (j * ww + o + ww - g, i * hh + hh - g), c.tolist(), -1)
        t = img * (.7 + .6 * f[..., None])
    elif k == 4:  # stripes (tileable)
        y, x = np.mgrid[0:n, 0:n] / n
        p, q = rng.integers(0, 8), rng.integers(1, 8)
        w = np.sin(2 * np.pi * (p * x + q * y))
        t = two_tone((w > rng.uniform(-.6, .6)) * .8 + .2 * f, a, b)
    elif k == 5:  # checker / plaid
        m = 2 ** rng.integers(1, 4); s = n // (2 * m)
        y, x = np.mgrid[0:n, 0:n] // s
        t = two_tone(np.clip(((x + y) % 2 if rng.random() < .5 else (x % 2 + y % 2) / 2) * .8 + .3 * (f - .5) + .1, 0, 1), a, b)
    elif k in (6, 7, 8):  # dead leaves: natural image statistics
        img = two_tone(f, a, b)
        cols = [np.clip(a * rng.uniform(.3, 1.7) + rng.normal(0, .07, 3), 0, 1) if rng.random() < .75 else palette(rng) for _ in range(8)]
        el = rng.uniform(.2, 1)
        for _ in range(rng.integers(150, 500)):
            r = 3 / max(rng.random(), .035) ** rng.uniform(.6, 1.0)
            c = cols[rng.integers(8)] * rng.uniform(.8, 1.2)
            x0, y0 = rng.integers(0, n, 2)
            for dx in ((0,) if r < x0 < n - r else (0, n if x0 < n / 2 else -n)):
                for dy in ((0,) if r < y0 < n - r else (0, n if y0 < n / 2 else -n)):
                    cv2.ellipse(img, (int(x0 + dx), int(y0 + dy)), (int(r) + 1, int(r * el) + 1), float(rng.uniform(0, 180)), 0, 360, c.tolist(), -1, cv2.LINE_AA)
        t = img * (.8 + .4 * f[..., None])
    elif k == 9:  # grass / fur strokes
        img = two_tone(f, a, b); ang = rng.uniform(0, np.pi); sp = rng.uniform(.1, .6); ln = rng.uniform(8, 30)
        for _ in range(900):
            x0, y0 = rng.uniform(0, n, 2); th = ang + rng.normal(0, sp); l = ln * rng.uniform(.4, 1.2)
            c = two_tone(np.array(rng.random()), a, b).ravel() * rng.uniform(.5, 1.5)
            cv2.line(img, (int(x0), int(y0)), (int(x0 + l * math.cos(th)), int(y0 + l * math.sin(th))), c.tolist(), int(rng.integers(1, 3)), cv2.LINE_AA)
        t = img
    elif k == 10:  # stones / cells
        m = rng.integers(12, 60); P = rng.uniform(0, n, (m, 2))
        y, x = np.mgrid[0:n:2, 0:n:2].astype(F32)
        d = np.stack([np.minimum(abs(x - p[0]), n - abs(x - p[0])) ** 2 + np.minimum(abs(y - p[1]), n - abs(y - p[1])) ** 2 for p in P])
        i1 = d.argmin(0); d.sort(0); e = np.clip((np.sqrt(d[1]) - np.sqrt(d[0])) / rng.uniform(3, 14), 0, 1)
        t = cv2.resize((two_tone(rng.random(m).astype(F32)[i1] * .6 + .2, a, b) * (.4 + .6 * e[..., None])).astype(F32), (n, n)) * (.8 + .4 * f[..., None])
    elif k == 11:  # marks / print: lines of small rectangles
        img = np.tile(a, (n, n, 1)).astype(F32)
        for _ in range(rng.integers(20, 120)):
            x0, y0 = rng.integers(0, n, 2); w, h = rng.integers(3, 50), rng.integers(2, 12)
            cv2.rectangle(img, (int(x0), int(y0)), (int(x0 + w), int(y0 + h)), (palette(rng) if rng.random() < .3 else b).tolist(), -1)
        t = img * (.9 + .2 * f[..., None])
    elif k == 12:  # nearly plain (paint, plaster)
        t = two_tone(f * rng.uniform(.05, .25), a, b)
    else:  # multi-hue noise
        g = np.stack([fractal(rng, beta=rng.uniform(.8, 1.8)) for _ in range(3)], -1)
        t = a + (g - .5) * rng.uniform(.2, 1.)
    return np.clip(t, 0, 1).astype(F32)


class Bank:
    """Texture bank with mip levels; natural sub-lists are chosen by index ranges only."""

    def __init__(self, seed=7, n=160):
        rng = np.random.default_rng(seed)
        self.mips = []
        for _ in range(n):
            t = make_texture(rng); lv = [t]
            for _ in range(6):
                t = cv2.resize(t, (max(t.shape[1] // 2, 4), max(t.shape[0] // 2, 4)), interpolation=cv2.INTER_AREA); lv.append(t)
            self.mips.append(lv)
        self.noise = [fractal(rng, beta=b) for b in np.linspace(.6, 2., 24)]
        self.smooth = [fractal(rng, beta=1.5, lo=1, hi=6) for _ in range(16)]

    def sample(self, i, u, v, level):
        level = int(np.clip(level, 0, 6))
        t = self.mips[i][level]
        n = t.shape[0]
        # wrap by hand so that coordinates stay small, then remap with wrap border
        mu = ((u - np.floor(u)) * n).astype(F32) - .5
        mv = ((v - np.floor(v)) * n).astype(F32) - .5
        return cv2.remap(t, mu, mv, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


_BANK = None


def bank():
    global _BANK
    if _BANK is None:
        _BANK = Bank()
    return _BANK
