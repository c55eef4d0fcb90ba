"""Trees, bushes, potted plants, flowers, grass and leaves at the frame."""
import math
import numpy as np
from .masks import crown_mask
from .textures import palette


def tree(C, X, Z, hgt, y0=None):
    r = C.rng; u, v, z = C.project((X, C.gy if y0 is None else y0, Z))
    if z < .6: return
    k = C.f / z; H = hgt * k
    if H < 3: return
    bark = C.mat(tint=palette(r, r.choice([1, 6, 0])), scale=2.)
    tw = H * r.uniform(.015, .04); tx = u + r.normal(0, .04) * H
    C.capsule((u, v), (tx, v - .6 * H), tw, tw * .6, z, z, None, bark)
    kind = r.random()
    if kind < .25:   # bare / sparse branches
        st = [(tx, v - .45 * H, -math.pi / 2, H * .28, tw * .7)]
        for _ in range(26):
            if not st: break
            x, y, a, l, w = st.pop(0); x2, y2 = x + l * math.cos(a), y + l * math.sin(a)
            C.capsule((x, y), (x2, y2), max(w, .5), max(w * .65, .4), z, z + r.normal(0, .1), None, bark)
            if l > 3:
                for _ in range(2): st.append((x2, y2, a + r.normal(0, .55), l * r.uniform(.6, .85), w * .65))
        if r.random() < .5: return
    green = palette(r, 3) if r.random() < .8 else palette(r, 5)
    for i in range(int(r.integers(1, 7))):
        w = H * r.uniform(.3, .75) * (.7 if i else 1); h = H * r.uniform(.3, .6) * (.7 if i else 1)
        mk, nn = crown_mask(r, w, h, C.B)
        C.sprite(mk, int(tx - w / 2 + r.normal(0, .12) * H * (i > 0)), int(v - H * r.uniform(.75, 1.) - (h * .1)), z - hgt * .08 * r.random(), C.mat(tint=green * r.uniform(.7, 1.3), scale=r.uniform(.15, 1.2)), relief=hgt * .1, shade=np.clip(.5 + 1.1 * (nn - .2), .3, 1.3))


def bush(C, X, Z, w, h, y0=None, tint=None):
    r = C.rng; u, v, z = C.project((X, C.gy if y0 is None else y0, Z))
    if z < .3: return
    k = C.f / z; pw, ph = w * k, h * k
    if pw < 3 or pw > 3 * C.S: return
    mk, nn = crown_mask(r, pw, ph * 1.3, C.B)
    C.sprite(mk, int(u - pw / 2), int(v - ph), z, C.mat(tint=palette(r, 3) if tint is None else tint, scale=r.uniform(.3, 2.)), relief=min(w, h) * .25, shade=np.clip(.45 + 1.2 * (nn - .2), .3, 1.35))


def plant(C, u, v, z, hpx):
    """Pot with leaves; (u, v) base pixel."""
    r = C.rng; ph = hpx * r.uniform(.2, .35)
    C.lathe(u, v, ph, np.linspace(.7, 1, 6) * ph * .5, z, C.mat(), curve=.2)
    g = palette(r, 3)
    for _ in range(int(r.integers(8, 26))):
        a = r.uniform(-2.7, -.45); l = hpx * r.uniform(.25, .8); w = l * r.uniform(.06, .2)
        x, y = u + l * .55 * math.cos(a), v - ph + l * .55 * math.sin(a)
        C.ellipse(x, y, l * .5, w, a + r.normal(0, .25), z + r.normal(0, .12) * hpx * z / C.f, .02, g * r.uniform(.6, 1.4))


def flower(C, x, y, R, z, col):
    r = C.rng; n = int(r.integers(5, 16)); a0 = r.uniform(0, 6.3); sq = r.uniform(.5, 1)
    C.capsule((x, y), (x + r.normal(0, .5) * R, y + R * r.uniform(3, 8)), R * .08, R * .1, z + .02, z + .02, palette(r, 3))
    for i in range(n):
        a = a0 + 6.283 * i / n
        C.ellipse(x + .6 * R * math.cos(a), y + .6 * R * sq * math.sin(a), R * .5, R * .2, math.atan2(sq * math.sin(a), math.cos(a)), z, .02, np.clip(col * r.uniform(.85, 1.15), 0, 1))
    C.ellipse(x, y, R * .3, R * .3 * sq, 0, z - .02, .02, palette(r, 5) * .8)


def grass(C, p=.4):
    r = C.rng
    if r.random() > p: return
    g = palette(r, 3) if r.random() < .8 else palette(r, 1); S = C.S; n = int(r.integers(15, 70)); z0 = max(C.h * 1.1, .6); hgt = r.uniform(.1, .35) * S
    for _ in range(n):
        x = r.uniform(-10, S + 10); l = hgt * r.uniform(.3, 1); z = z0 * r.uniform(.8, 1.6); b = S + 6
        C.capsule((x, b), (x + r.normal(0, .3) * l, b - l), r.uniform(.6, 2.2), .4, z, z, g * r.uniform(.5, 1.5))


def frame_leaves(C, p):
    """Branches / leaves entering the frame close to the camera."""
    r = C.rng
    if r.random() > p: return
    S = C.S; z = r.uniform(.8, 2.5); g = palette(r, 3) * r.uniform(.3, 1.2); sx = r.choice([0, S]); sy = r.choice([0, 0, S * .5])
    for _ in range(r.integers(2, 6)):
        x, y, a = sx + r.normal(0, 20), sy + r.normal(0, 30), (0 if sx == 0 else math.pi) + r.normal(.3, .5); w = r.uniform(1, 3)
        for _ in range(r.integers(3, 8)):
            l = r.uniform(10, 28); x2, y2 = x + l * math.cos(a), y + l * math.sin(a)
            C.capsule((x, y), (x2, y2), w, w * .8, z, z, palette(r, 1) * .5); w *= .8
            for _ in range(r.integers(2, 6)):
                b = a + r.normal(0, 1.1); ll = r.uniform(5, 15); C.ellipse(x2 + ll * .6 * math.cos(b), y2 + ll * .6 * math.sin(b), ll * .6, ll * .25, b, z + r.normal(0, .1), .01, np.clip(g * r.uniform(.6, 1.5), 0, 1))
            x, y, a = x2, y2, a + r.normal(0, .35)
