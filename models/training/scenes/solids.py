"""Things made of solids: furniture, what stands on tables, people, animals, leaves, thin things."""
import math
import numpy as np
from .caster import turn
from .people import SKIN
from .textures import palette

A = lambda *v: np.array(v, float)


class Frame:
    """A place with a heading: turns a thing's own coordinates into the world's."""

    def __init__(self, C, at, yaw=0., k=1.):
        self.C, self.at, self.k, self.R = C, np.asarray(at, float), k, turn(yaw)

    def __call__(self, *p): return self.at + self.R @ (A(*p) * self.k)
    def box(self, p, s, m, R=None, **o): self.C.box(self(*p), np.asarray(s, float) * self.k, m, self.R if R is None else self.R @ R, **o)
    def ball(self, p, s, m, R=None, **o): self.C.ball(self(*p), np.broadcast_to(np.asarray(s, float) * self.k, 3), m, self.R if R is None else self.R @ R, **o)
    def cone(self, p, q, r0, r1, m, **o): self.C.cone(self(*p), self(*q), r0 * self.k, r1 * self.k, m, **o)
    def limb(self, p, q, r0, r1, m): self.C.limb(self(*p), self(*q), r0 * self.k, r1 * self.k, m)


# ---------------------------------------------------------------- furniture
def table(C, at, yaw, w, h, d, m):
    F = Frame(C, at, yaw); r = C.rng; t = r.uniform(.015, .04)
    if r.random() < .25: F.cone((0, 0, 0), (0, h, 0), .05, .04, m); F.cone((0, 0, 0), (0, .03, 0), min(w, d) * .6, .05, m)
    else:
        for i in (-1, 1):
            for j in (-1, 1): F.cone((i * w * .9, 0, j * d * .9), (i * w * .92, h, j * d * .92), .018, .03, m)
    if r.random() < .25: F.cone((0, h - t, 0), (0, h + t, 0), max(w, d), max(w, d), m)
    else: F.box((0, h, 0), (w, t, d), m)
    return h + t


def chair(C, at, yaw):
    F = Frame(C, at, yaw); r = C.rng; m = C.mat(); c = C.mat(); s = r.uniform(.19, .25); h = r.uniform(.4, .5); b = r.uniform(.3, .5)
    for i in (-1, 1):
        for j in (-1, 1): F.cone((i * s * 1.05, 0, j * s * 1.05), (i * s * .9, h, j * s * .9), .014, .018, m)
        F.cone((i * s * .9, h, s * .9), (i * s * .9, h + b, s * 1.15), .018, .014, m)
    F.box((0, h, 0), (s, .025, s), c)
    if r.random() < .5: F.box((0, h + b * .7, s * 1.08), (s, b * .28, .015), c)
    else:
        for y in np.linspace(.3, 1, int(r.integers(2, 5))): F.cone((-s * .9, h + b * y, s * 1.1), (s * .9, h + b * y, s * 1.1), .012, .012, m)


def sofa(C, at, yaw):
    F = Frame(C, at, yaw); r = C.rng; m = C.mat(gloss=0); w, d = r.uniform(.45, 1.15), r.uniform(.38, .48)
    F.box((0, .2, 0), (w, .18, d), m); F.box((0, .45, d * .85), (w, .4, .12), m, turn(0, -.12))
    n = max(1, round(w / .4))
    for i in range(n): F.ball(((2 * i + 1) / n * w - w, .4, -.05), (w / n * 1.08, .1, d * .9), m)
    for i in (-1, 1): F.box((i * (w + .08), .3, 0), (.09, .3, d), m); F.cone((i * (w + .08), .6, -d), (i * (w + .08), .6, d), .09, .09, m)
    for _ in range(int(r.integers(0, 4))): F.ball((r.uniform(-.8, .8) * w, .6, d * .55), (.22, .2, .08), C.mat(gloss=0), turn(r.normal(0, .4), -.35, r.normal(0, .3)))


def bed(C, at, yaw):
    F = Frame(C, at, yaw); r = C.rng; w = r.uniform(.45, .9); m = C.mat(gloss=0)
    F.box((0, .2, 0), (w, .18, 1.), C.mat()); F.box((0, .42, 0), (w * .98, .1, .98), m); F.box((0, .5, 1.02), (w * 1.03, .5, .03), C.mat())
    for i in (-1, 1): F.ball((i * w * .45, .57, .75), (w * .4, .09, .2), C.mat(palette(r, 0), gloss=0))
    F.ball((0, .5, -.3), (w * 1.04, .07, .7), C.mat(gloss=0))


def shelf(C, at, yaw):
    F = Frame(C, at, yaw); r = C.rng; w, h, d = r.uniform(.3, .9), r.uniform(.7, 2.2), r.uniform(.13, .2); m = C.mat(); n = int(r.integers(2, 6))
    F.box((0, h / 2, d), (w, h / 2, .01), C.mat()); [F.box((i * w, h / 2, 0), (.012, h / 2, d), m) for i in (-1, 1)]
    for k in range(n + 1): F.box((0, h * k / n, 0), (w, .012, d), m)
    for k in range(n):
        x = -w * .95
        while x < w * .9:
            b = r.uniform(.012, .03); H = h / n * r.uniform(.5, .9)
            if r.random() < .12: small(C, F(x + .06, h * k / n + .012, 0), .1); x += .16
            else: F.box((x + b, h * k / n + H / 2, r.uniform(-.04, .02)), (b, H / 2, d * .7), C.mat(gloss=0)); x += 2 * b + .002 + (.15 if r.random() < .08 else 0)


def drawers(C, at, yaw):
    F = Frame(C, at, yaw); r = C.rng; w, h, d = r.uniform(.2, .7), r.uniform(.25, .6), .24; m = C.mat(); n = int(r.integers(1, 5))
    F.box((0, h, 0), (w, h, d), m)
    for i in range(n): y = 2 * h * (i + .5) / n; F.box((0, y, -d), (w * .93, h / n * .88, .012), m); F.ball((0, y, -d - .02), .015, C.mat(gloss=1))
    for _ in range(int(r.integers(0, 4))): small(C, F(r.uniform(-.8, .8) * w, 2 * h, r.uniform(-.5, .5) * d), r.uniform(.08, .2))


def lamp(C, at, yaw=0.):
    F = Frame(C, at); r = C.rng; h = r.choice([.4, 1.5]) * r.uniform(.8, 1.2); w = h * .12 + .06
    F.cone((0, 0, 0), (0, .02, 0), w, w, C.mat(palette(r, 6))); F.cone((0, 0, 0), (0, h, 0), .012, .012, C.mat(palette(r, 6))); F.cone((0, h - .02, 0), (0, h + 1.6 * w, 0), w * 1.3, w * r.uniform(.5, 1.2), C.mat((1.5, 1.4, 1.15), flat=.97))


def screen(C, at, yaw):
    F = Frame(C, at, yaw); w = C.rng.uniform(.15, .6); F.box((0, w * .62 + .1, 0), (w, w * .58, .012), C.mat(palette(C.rng, 6), gloss=.5)); F.cone((0, 0, 0), (0, .12, 0), .08, .03, C.mat(palette(C.rng, 6))); F.box((0, w * .62 + .1, -.013), (w * .95, w * .53, .002), C.mat(gloss=0, scale=1.5, flat=.2))


# ------------------------------------------------------------ small things
def small(C, at, R, kind=None):
    """Something of about size R (metres) that stands at a place."""
    r = C.rng; k = r.integers(13) if kind is None else kind; F = Frame(C, at, r.uniform(0, 6.28), R); m = C.mat(scale=float(np.exp(r.uniform(0, 1.5))) / R * .3)
    if k == 0:     # cup or mug, with its dark inside and a handle
        h, w, t = r.uniform(.7, 1.2), r.uniform(.3, .45), r.uniform(.8, 1.25); F.cone((0, 0, 0), (0, h, 0), w, w * t, m); F.cone((0, h * .9, 0), (0, h * 1.003, 0), w * t * .9, w * t * .92, C.mat((.16, .09, .05) if r.random() < .5 else None, flat=.95, gloss=0))
        ring(F, (w * 1.1, h * .5, 0), h * .28, h * .07, m, 7)
        if r.random() < .4: F.cone((0, -.01, 0), (0, .06, 0), w * 1.3, w * 2, m)
    elif k == 1:   # bottle
        w, h = r.uniform(.14, .24), r.uniform(.8, 1.2); g = r.random() < .4; q = C.mat(palette(r, r.choice([3, 1, 4])), gloss=1., flat=.9)
        F.cone((0, 0, 0), (0, h, 0), w, w, q, glass=g); F.cone((0, h, 0), (0, h * 1.3, 0), w, w * .35, q, glass=g); F.cone((0, h * 1.3, 0), (0, h * 1.6, 0), w * .35, w * .33, q, glass=g); F.cone((0, h * .25, 0), (0, h * .7, 0), w * 1.01, w * 1.01, C.mat(gloss=0))
    elif k == 2:   # vase
        p = r.uniform(.15, .5, 5)
        for i in range(4): F.cone((0, i * .35, 0), (0, i * .35 + .35, 0), p[i], p[i + 1], m)
        if r.random() < .6: leaves(C, F(0, 1.4, 0), R * r.uniform(.6, 1.3), int(r.integers(8, 25)))
    elif k == 3:   # fruit in a heap
        for _ in range(int(r.integers(1, 6))): s = r.uniform(.2, .32); F.ball((r.normal(0, .3), s, r.normal(0, .3)), (s, s * r.uniform(.85, 1.3), s), C.mat(palette(r, r.choice([5, 5, 3, 1])), gloss=.4), turn(0, r.normal(0, .4), r.normal(0, .4)))
    elif k == 4:   # books
        y = 0
        for _ in range(int(r.integers(1, 6))): t = r.uniform(.03, .12); F.box((r.normal(0, .04), y + t, r.normal(0, .04)), (r.uniform(.4, .6), t, r.uniform(.3, .45)), C.mat(gloss=0), turn(r.normal(0, .3))); y += 2 * t
    elif k == 5:   # block or box, perhaps open
        s = r.uniform(.2, .7, 3); F.box((0, s[1], 0), s, m)
    elif k == 6:   # bowl or plate with something in it
        h = r.uniform(.05, .4); F.cone((0, 0, 0), (0, h, 0), .35, .8, m); F.cone((0, h * .9, 0), (0, h * 1.01, 0), .7, .72, C.mat(flat=.5))
        for _ in range(int(r.integers(0, 6))): F.ball((r.normal(0, .25), h, r.normal(0, .25)), r.uniform(.1, .25, 3), C.mat())
    elif k == 7:   # pens or cutlery
        for _ in range(int(r.integers(1, 7))): a = r.normal(0, .4); x = r.normal(0, .4); F.cone((x - math.sin(a), .03, -math.cos(a)), (x + math.sin(a), .03 + r.uniform(0, .1), math.cos(a)), .035, .02, C.mat(gloss=.8))
    elif k == 8:   # pot plant
        F.cone((0, 0, 0), (0, .5, 0), .25, .38, m); leaves(C, F(0, .5, 0), R * r.uniform(.7, 1.3), int(r.integers(10, 40)))
    elif k == 9:   # figure or bust
        y = 0; w = r.uniform(.3, .45)
        for _ in range(int(r.integers(2, 5))): h = w * r.uniform(.7, 1.4); F.ball((r.normal(0, .04), y + h, 0), (w, h, w * r.uniform(.7, 1)), m); y += h * 1.5; w *= r.uniform(.55, .95)
        for i in (-1, 1): F.limb((i * .25, y * .6, 0), (i * r.uniform(.3, .7), y * r.uniform(.2, .9), -r.uniform(0, .4)), .08, .06, m)
    elif k == 10:  # cone or tower
        F.cone((0, 0, 0), (0, r.uniform(.8, 2.), 0), r.uniform(.25, .5), r.choice([.01, .1, .3]), m)
    elif k == 11:  # glass
        w = r.uniform(.2, .35); q = C.mat((.95, .97, 1.), gloss=1., flat=.95); F.cone((0, 0, 0), (0, r.uniform(.7, 1.3), 0), w, w * r.uniform(.9, 1.4), q, glass=True)
        if r.random() < .5: F.cone((0, .03, 0), (0, .5, 0), w * .9, w, C.mat(palette(r, r.choice([1, 5])), gloss=0))
    else:          # rods in a holder
        F.cone((0, 0, 0), (0, .7, 0), .28, .3, m)
        for _ in range(int(r.integers(3, 10))): F.cone((r.normal(0, .1), .2, r.normal(0, .1)), (r.normal(0, .35), r.uniform(1, 1.6), r.normal(0, .35)), .03, .02, C.mat(palette(r)))


def ring(F, at, R, w, m, n=12, axis=0):
    """Ring of short rods in the plane across the frame's axis 2 (or 0)."""
    a = np.linspace(0, 2 * math.pi, n + 1); P = lambda t: (at[0] + R * math.cos(t), at[1] + R * math.sin(t), at[2]) if axis == 0 else (at[0], at[1] + R * math.sin(t), at[2] + R * math.cos(t))
    for u, v in zip(a, a[1:]): F.cone(P(u), P(v), w, w, m)


def leaves(C, at, R, n, spread=1., green=None):
    """Leaves on stalks that grow from a place."""
    r = C.rng; g = palette(r, 3) if green is None else green; w = r.uniform(.08, .35); tex = int(r.integers(len(C.B.mips)))
    for _ in range(n):
        a = r.uniform(0, 6.28); e = r.uniform(-.2, 1.5); d = A(math.cos(a) * math.cos(e) * spread, math.sin(e), math.sin(a) * math.cos(e) * spread); l = R * r.uniform(.3, 1); tip = np.asarray(at) + d * l
        if R > .12 and n < 40: C.cone(at, tip, .008 * R + .001, .006 * R + .001, C.mat(g * .7, tex=tex, gloss=0), shadow=False)
        C.ball(tip, (R * w * r.uniform(.4, .8), R * .02, R * w * 1.5), C.mat(np.clip(g * r.uniform(.6, 1.5), 0, 1), tex=tex, gloss=.3), turn(a, r.normal(.4, .6), r.normal(0, .6)), shadow=r.random() < .4)


def twig(C, p, d, l, w, m, n, g, depth=0):
    q = p + d * l; C.cone(p, q, w, w * .7, m, shadow=depth < 2)
    if depth >= 2: leaves(C, q, l * .8, n, green=g)
    else:
        for _ in range(int(C.rng.integers(2, 4))): e = d + C.rng.normal(0, .5, 3); twig(C, q, e / np.linalg.norm(e), l * C.rng.uniform(.6, .9), w * .7, m, n, g, depth + 1)


# ------------------------------------------------------ people and animals
def head(F, at, skin, hair, look=0., near=True):
    """Head about .23 high, its centre at `at` in the frame, turned by `look`."""
    C, r = F.C, F.C.rng; H = Frame(C, F(*at), 0, F.k); H.R = F.R @ turn(look, r.normal(0, .12), r.normal(0, .1)); s = C.mat(skin, flat=.93, scale=6, gloss=.12); hm = C.mat(hair, scale=9, flat=.7, gloss=.2)
    H.ball((0, .02, 0), (.077, .1, .095), s); H.ball((0, -.045, -.025), (.062, .075, .07), s); H.ball((0, -.1, -.055), (.03, .025, .03), s)
    H.ball((0, -.012, -.1), (.014, .034, .022), s); H.ball((0, -.03, -.108), (.02, .014, .018), s)
    for i in (-1, 1):
        H.ball((i * .078, 0, .01), (.012, .032, .02), s); H.ball((i * .045, -.03, -.062), (.028, .025, .025), s)
        if near:
            H.ball((i * .031, .018, -.08), (.017, .011, .012), C.mat((.92, .92, .9), flat=.97, gloss=.8)); H.ball((i * .031, .018, -.0885), (.008, .008, .006), C.mat((.08, .05, .04), flat=.97, gloss=1.)); H.ball((i * .033, .042, -.083), (.025, .006, .01), hm, turn(0, 0, i * -.15))
    if near: H.ball((0, -.065, -.088), (.027, .009, .012), C.mat(np.asarray(skin) * [.8, .5, .5], flat=.95, gloss=.4))
    style = r.integers(5)
    if style: H.ball((0, .055, .022), (.088, .085, .095), hm); H.ball((0, .095, -.03), (.078, .04, .065), hm, turn(0, .3, r.normal(0, .2)))
    if style in (1, 2):
        for a in np.linspace(-2.2, 2.2, 9): H.limb((.08 * math.sin(a), .05, .01 + .07 * math.cos(a)), (.095 * math.sin(a) + r.normal(0, .01), -r.uniform(.08, .25), .02 + .08 * math.cos(a)), .025, .018, hm)
    if r.random() < .15: H.cone((0, .08, 0), (0, .17, 0), .105, .09, C.mat()); H.cone((0, .08, 0), (0, .09, -.02), .16, .15, C.mat())
    if r.random() < .12:
        for i in (-1, 1): ring(H, (i * .034, .015, -.105), .026, .003, C.mat(palette(r, 6)), 8)


def human(C, at, yaw, near=True, bust=False):
    """Standing, walking or sitting figure with feet at `at`; a bust is only what a portrait shows."""
    r = C.rng; F = Frame(C, at, yaw, r.uniform(.85, 1.05)); skin = np.clip(SKIN[r.integers(5)] * r.uniform(.85, 1.1), 0, 1); hair = palette(r, r.choice([6, 6, 1, 0]))
    top, leg, sk = C.mat(gloss=0), C.mat(palette(r, r.choice([0, 4, 6, 1])), gloss=0), C.mat(skin, flat=.93, gloss=.1); sit = not bust and r.random() < .25; y0 = -.42 if sit else 0.; sw = r.uniform(.16, .2)
    F.ball((0, 1.25 + y0, 0), (sw, .24, .12), top); F.ball((0, 1.02 + y0, 0), (.15, .18, .115), top)
    for i in (-1, 1):
        sh = (i * sw, 1.38 + y0, 0); el = (i * (sw + r.uniform(.03, .18)), 1.1 + y0 + r.uniform(-.02, .12), r.uniform(-.12, .1)); ha = (el[0] - i * r.uniform(-.05, .25), el[1] + r.uniform(-.25, .25), el[2] - r.uniform(.05, .25))
        F.ball(sh, .075, top); F.limb(sh, el, .062, .05, top); F.limb(el, ha, .045, .033, top if r.random() < .5 else sk); F.ball(ha, (.04, .05, .035), sk)
        if near and not sit:
            for q in range(4): F.limb((ha[0] + (q - 1.5) * .018, ha[1] - .04, ha[2]), (ha[0] + (q - 1.5) * .022, ha[1] - .1, ha[2] - .01), .009, .008, sk)
        if not bust:
            hip = (i * .09, .92 + y0, 0); st = r.normal(0, .15); kn = (i * .1, .5 + y0 * .1, -.42) if sit else (i * .1, .5, -abs(st)); ft = (i * .1, .06, kn[2] + (0 if sit else r.uniform(0, .3)))
            F.limb(hip, kn, .085, .06, leg); F.limb(kn, ft, .055, .04, leg); F.ball((ft[0], .04, ft[2] - .06), (.045, .045, .12), C.mat(palette(r, 6)))
    F.cone((0, 1.4 + y0, 0), (0, 1.55 + y0, -.01), .06, .052, sk)
    if r.random() < .4: F.cone((0, 1.4 + y0, 0), (0, 1.5 + y0, 0), .1, .07, C.mat(gloss=0))
    head(F, (0, 1.64 + y0, -.02), skin, hair, r.normal(0, .5), near)


def animal(C, at, yaw, k, near=False):
    """Cat, dog or cattle: a body of soft balls; k is its shoulder height."""
    r = C.rng; F = Frame(C, at, yaw, k); fur = palette(r, r.choice([1, 1, 0, 6, 5])); m = C.mat(fur, scale=r.uniform(2, 5) / k, flat=r.uniform(.3, .8), gloss=0); w = C.mat(np.clip(fur * 1.4 + .1, 0, 1), scale=3 / k, gloss=0)
    pose = r.random(); fat = r.uniform(.22, .34); L = r.uniform(.6, .9)
    if pose < .3:      # sitting
        F.ball((0, .35, .25), (fat * 1.15, .36, fat * 1.2), m); F.ball((0, .65, -.05), (fat * .9, .42, fat * .8), m, turn(0, .35))
        for i in (-1, 1): F.limb((i * .13, .6, -.15), (i * .14, .05, -.22), .09, .07, m); F.ball((i * .14, .05, -.27), (.08, .05, .12), w); F.ball((i * .27, .2, .2), (.12, .2, .25), m)
        hy, hz = 1.12, -.28; tail = (0, .1, .5)
    else:
        by = .75 if pose < .7 else .3
        F.ball((0, by, 0), (fat, fat * 1.05, L), m); F.ball((0, by + .03, -L * .6), (fat * .95, fat * 1.15, .35), m)
        for i in (-1, 1):
            for z in (-1, 1):
                if pose < .7: F.limb((i * fat * .6, by, z * L * .7), (i * fat * .6, .05, z * L * .7 + r.normal(0, .12)), .11, .06, m)
                else: F.ball((i * fat, .1, z * L * .7 - .1), (.1, .1, .25), m)
        hy, hz = by + r.uniform(.1, .55), -L - .2; tail = (0, by, L); F.limb((0, by, -L * .8), (0, hy - .05, hz + .08), fat * .75, .2, m)
    F.limb(tail, (r.normal(0, .3), tail[1] + r.uniform(-.3, .5), tail[2] + .4), .06, .04, m)
    animal_head(F, (0, hy, hz), fur, m, w, near)


def animal_head(F, at, fur, m, w, near, k=1.):
    """Head about .5 wide; looks along the frame's -z."""
    C, r = F.C, F.C.rng; H = Frame(C, F(*at), 0, F.k * k); H.R = F.R @ turn(r.normal(0, .5), r.normal(0, .15), r.normal(0, .12)); snout = r.uniform(.05, .35)
    H.ball((0, 0, 0), (.24, .22, .23), m)
    for i in (-1, 1):
        H.ball((i * .12, -.07, -.12), (.12, .1, .11), m); H.ball((i * .055, -.1, -.2 - snout * .6), (.075, .065, .08), w)
        ear = r.uniform(.12, .22); H.cone((i * .16, .14, .02), (i * .21, .2 + ear, .0), .1, .012, m)
        H.ball((i * .1, .04, -.2), (.045, .042, .03), C.mat(palette(r, r.choice([3, 1, 5, 4])), flat=.96, gloss=1.)); H.ball((i * .103, .04, -.224), (.018, .036, .012), C.mat((.02, .02, .02), flat=.97, gloss=1.))
        if near:
            for q in range(4): H.cone((i * .07, -.1, -.23 - snout * .5), (i * .42, -.1 + (q - 1.5) * .06, -.15), .004, .001, C.mat((.95, .95, .95), flat=.97), shadow=False)
    H.cone((0, -.07, -.1), (0, -.08, -.2 - snout * .6), .13, .09, m); H.ball((0, -.055, -.25 - snout * .75), (.035, .026, .03), C.mat(palette(r, r.choice([6, 5])), flat=.96, gloss=.6)); H.ball((0, -.16, -.17 - snout * .5), (.07, .035, .07), w)


# -------------------------------------------------------------- thin things
def railing(C, p, q, h, m):
    p, q = A(*p), A(*q); n = max(2, int(np.linalg.norm(q - p) / C.rng.uniform(.1, .4))); up = A(0, h, 0); w = C.rng.uniform(.006, .025)
    for y in ((1,), (1, .1), (1, .5))[C.rng.integers(3)]: C.cone(p + up * y, q + up * y, w * 1.5, w * 1.5, m)
    for i in range(n + 1): a = p + (q - p) * i / n; C.cone(a, a + up, w, w, m)


def bicycle(C, at, yaw):
    F = Frame(C, at, yaw); m, b = C.mat(palette(C.rng), gloss=.6), C.mat(palette(C.rng, 6))
    for x in (-.5, .5):
        ring(F, (x, .34, 0), .33, .018, b, 22)
        for a in np.linspace(0, 3.14, 7)[:-1]: F.cone((x + .32 * math.cos(a), .34 + .32 * math.sin(a), 0), (x - .32 * math.cos(a), .34 - .32 * math.sin(a), 0), .003, .003, b, shadow=False)
    for u, v in (((-.5, .34), (-.15, .85)), ((-.15, .85), (.35, .88)), ((-.5, .34), (0, .3)), ((0, .3), (.35, .88)), ((0, .3), (-.2, .95)), ((.35, .98), (.5, .34))): F.cone((*u, 0), (*v, 0), .02, .02, m)
    F.cone((.35, 1., -.25), (.35, 1., .25), .014, .014, b); F.ball((-.2, .96, 0), (.13, .03, .07), b)
