"""People: whole figures, heads, busts."""
import numpy as np
from .textures import palette

F32 = np.float32
SKIN = np.array([[.93, .76, .65], [.86, .66, .52], [.72, .5, .36], [.5, .33, .23], [.34, .22, .16]], F32)


def person(C, X, Z, scale=1., bust=False, y0=None):
    """Standing / walking / sitting figure from capsules and ellipses, feet at (X, y0, Z)."""
    r = C.rng
    u, v, z = C.project((X, C.gy if y0 is None else y0, Z))
    if z < .3: return
    k = C.f / z * scale                       # pixels per metre
    skin = SKIN[r.integers(5)] * r.uniform(.85, 1.1); hair = np.array([[.08, .06, .05], [.25, .16, .1], [.5, .35, .18], [.75, .62, .4], [.6, .6, .6]])[r.integers(5)] * r.uniform(.6, 1.2)
    top, bot = C.mat(tint=palette(r) if r.random() < .7 else None, scale=r.uniform(1, 6)), C.mat(tint=palette(r, r.choice([0, 4, 6, 1])), scale=2.)
    shoe = palette(r, 6)
    lean = r.normal(0, .04); tw = r.uniform(.55, 1.)   # torso half-turn
    H = 1.72; sh = H * .815; hp = H * .5; sw = .21 * tw; child = 1
    P = lambda x, y: (u + (x + lean * y) * k, v - y * k)
    sit = r.random() < .15
    if sit: hp = .48; sh = hp + H * .315
    dz = lambda s: z - s * scale
    hair_back = r.random() < .45
    # legs
    for s in (-1, 1):
        st = r.normal(0, .09); kn = (s * .09 + st * .6, hp * .53); ft = (s * .1 + st * 1.6 * r.uniform(.4, 1), .04)
        if sit: kn = (s * .12 + r.normal(0, .05), hp - .05); ft = (kn[0] + r.normal(0, .04), .04)
        w = .085 if not sit else .09
        C.capsule(P(s * .085, hp), P(*kn), w * k, .06 * k, dz(0), dz(.05 if not sit else .35), None, bot)
        C.capsule(P(*kn), P(*ft), .058 * k, .042 * k, dz(.05 if not sit else .35), dz(.02 if not sit else .32), None if r.random() < .8 else skin, bot)
        C.capsule(P(*ft), P(ft[0] + r.normal(0, .06), .02), .05 * k, .045 * k, dz(.05), dz(.12), shoe)
    # torso: hips -> shoulders
    tx = np.linspace(0, 1, 5)
    C.capsule(P(0, hp + .02), P(0, hp + .25), .155 * k * tw ** .5, .15 * k * tw ** .5, dz(0), dz(0), None, top if r.random() < .6 else bot)
    C.capsule(P(0, hp + .2), P(0, sh - .12), .15 * k * tw ** .5, .165 * k * tw ** .5, dz(0), dz(0), None, top)
    C.capsule(P(-sw + .05, sh - .09), P(sw - .05, sh - .09), .085 * k, .085 * k, dz(.01), dz(.01), None, top)
    # arms
    bare = r.random() < .4
    for s in (-1, 1):
        el = (s * (sw + r.uniform(.0, .12)), sh - .32 + r.normal(0, .03)); hd = (el[0] + r.normal(-s * .06, .13), el[1] - r.uniform(-.15, .27))
        f = r.choice([-.06, .1, .2])
        C.capsule(P(s * sw, sh - .07), P(*el), .06 * k, .048 * k, dz(.0), dz(f * .5), None, top)
        C.capsule(P(*el), P(*hd), .045 * k, .034 * k, dz(f * .5), dz(f), skin if bare else None, None if bare else top)
        C.ellipse(*P(*hd), .05 * k, .045 * k, 0, dz(f), .04, skin)
    # neck, head, hair
    C.capsule(P(0, sh - .06), P(0, sh + .1), .055 * k, .052 * k, dz(.0), dz(.02), skin)
    hx = r.normal(0, .012); hy = sh + .195; head(C, *P(hx, hy), k, dz(.03), skin, hair, back=r.random() < .2)


def head(C, cx, cy, k, z, skin, hair, back=False):
    r = C.rng; rx, ry = .078 * r.uniform(.92, 1.08), .108 * r.uniform(.95, 1.05)
    hm = C.mat(tint=hair, scale=6.)
    style = r.integers(5)
    long_ = style in (0, 1)
    if style != 4:   # hair behind the face
        C.ellipse(cx, cy - .02 * k, (rx + .022) * k, (ry + .018) * k, 0, z + .03, .07, None, hm)
        if long_: C.capsule((cx, cy), (cx, cy + r.uniform(.1, .3) * k), (rx + .022) * k, (rx + .035) * k, z + .05, z + .05, None, hm)
    if back:
        C.ellipse(cx, cy - .02 * k, (rx + .012) * k, (ry + .01) * k, 0, z, .09, None, hm); return
    C.ellipse(cx, cy, rx * k, ry * k, r.normal(0, .08), z, .09, skin)
    tx = r.normal(0, .022) * k
    if k > 40:
        for s in (-1, 1):
            C.decal(cx + tx + s * .032 * k, cy - .012 * k, .014 * k, .008 * k, 0, (.95, .95, .93), .8, .3)
            C.decal(cx + tx + s * .032 * k, cy - .012 * k, .008 * k, .008 * k, 0, (.1, .07, .05), .95, .3)
            C.decal(cx + tx + s * .032 * k, cy - .034 * k, .02 * k, .005 * k, s * .1, hair, .7, .4)
        C.decal(cx + tx * 1.3, cy + .022 * k, .012 * k, .018 * k, 0, skin * .78, .6, .6)
        C.decal(cx + tx, cy + .055 * k, .027 * k, .008 * k, 0, skin * [.75, .45, .45], .8, .4)
    if style != 4:   # fringe / cap
        C.ellipse(cx, cy - ry * .72 * k, rx * 1.02 * k, ry * .45 * k, r.normal(0, .15), z - .02, .07, None, hm)
    if r.random() < .15:  # hat
        C.ellipse(cx, cy - ry * .8 * k, rx * 1.2 * k, ry * .5 * k, r.normal(0, .1), z - .03, .09, palette(r))


def bust(C, cx, k, z, base):
    """Large head-and-shoulders subject; k = px per metre, base = y of the frame bottom."""
    r = C.rng; skin = SKIN[r.integers(5)] * r.uniform(.85, 1.1); hair = palette(r, r.choice([6, 1, 1, 0]))
    top = C.mat(tint=palette(r) if r.random() < .7 else None, scale=r.uniform(1, 8))
    shy = base - r.uniform(.15, .5) * k
    sw = r.uniform(.16, .24)
    C.capsule((cx, shy + .2 * k), (cx + r.normal(0, .03) * k, base + .6 * k), (sw + .0) * k, (sw + .03) * k, z, z, None, top)
    C.capsule((cx - sw * k, shy + .1 * k), (cx + sw * k, shy + .1 * k), .1 * k, .1 * k, z, z, None, top)
    for s in (-1, 1):
        C.capsule((cx + s * (sw + .02) * k, shy + .12 * k), (cx + s * (sw + .1) * k, shy + .55 * k), .085 * k, .07 * k, z, z - .05, None, top)
    C.capsule((cx, shy + .08 * k), (cx, shy - .08 * k), .062 * k, .056 * k, z - .02, z - .04, skin * .92)
    if r.random() < .3: C.ellipse(cx, shy + .04 * k, .1 * k, .05 * k, 0, z - .05, .06, palette(r))   # collar / scarf
    head(C, cx + r.normal(0, .02) * k, shy - .17 * k, k, z - .07, skin, hair, back=r.random() < .06)
    if r.random() < .3:   # hand / held object in front
        hx, hy = cx + r.normal(0, .12) * k, shy + r.uniform(.15, .35) * k
        C.capsule((hx + r.choice([-1, 1]) * .2 * k, hy + .3 * k), (hx, hy), .05 * k, .035 * k, z - .1, z - .22, skin if r.random() < .5 else None, top)
        C.ellipse(hx, hy, .06 * k, .05 * k, 0, z - .24, .04, skin)
        if r.random() < .6: C.ellipse(hx, hy - .06 * k, r.uniform(.05, .14) * k, r.uniform(.05, .14) * k, r.uniform(0, 3), z - .22, .06, None, C.mat())
