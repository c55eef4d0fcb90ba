"""Close-ups before a backdrop."""
import cv2
import numpy as np
from .animals import animal_head, quadruped
from .indoor import sc_room
from .objects import clutter
from .outdoor import sc_field, sc_land, sc_street
from .people import bust
from .plants import flower, grass
from .setting import camera, ground
from .textures import palette, two_tone

# Whole scenes that may stand behind a close-up.
BEHIND = (sc_room, sc_street, sc_land, sc_field)


def backdrop(C):
    """Background for portraits / close-ups: another scene far away, or soft noise."""
    r = C.rng; S = C.S; k = r.random()
    if k < .6:
        D = BEHIND[r.choice([0, 1, 2, 3])](r, S); C.img[:] = D.img; C.disp[:] = D.disp * r.uniform(.6, 1.0)
        mx = float(np.percentile(C.disp, 98)); lim = C.znear * 1.6
        if mx > 1 / lim: C.disp *= 1 / (lim * mx)
        return r.uniform(.3, 3.)
    zb = C.znear * r.uniform(1.6, 6)
    n = cv2.resize(C.B.smooth[r.integers(16)], (S, S)); a, b = palette(r), palette(r)
    C.img[:] = two_tone(n, a, b)
    if k < .85:
        for _ in range(r.integers(10, 60)): C.decal(*r.uniform(0, S, 2), *(r.uniform(4, 40, 2)), r.uniform(0, 3), palette(r), r.uniform(.2, .9), .3)
    C.disp[:] = 1 / zb * (1 + .25 * (C.py / S - .5) * r.uniform(0, 2))
    return r.uniform(.5, 4.)


def sc_close(rng, S):
    """Portrait / pet / flower / object close-up with defocused background."""
    C = camera(rng, S, rng.uniform(25, 45), rng.normal(2, 4), 1.5); C.znear = z = rng.uniform(.6, 2.2)
    bl = backdrop(C); k = rng.random(); cx = S * rng.uniform(.3, .7); kk = C.f / z
    if k < .42:
        kk = S * rng.uniform(.8, 2.1); n = 1 if rng.random() < .75 else 2
        if n == 2: bust(C, S * rng.uniform(.2, .4), kk * .85, z * 1.15, S); cx = S * rng.uniform(.6, .8)
        bust(C, cx, kk, z, S * rng.uniform(.95, 1.25))
    elif k < .65:
        if rng.random() < .5:
            fur = palette(rng, rng.choice([1, 1, 0, 6])); m = C.mat(tint=fur, scale=rng.uniform(4, 12)); R = S * rng.uniform(.12, .3); cy = S * rng.uniform(.35, .6); mp = z / C.f
            C.ellipse(cx + rng.normal(0, .6) * R, cy + R * 2.3, R * rng.uniform(1.2, 2), R * 2, 0, z + R * mp * 1.2, R * mp, None, m); animal_head(C, cx, cy, R, z, R * mp, rng.choice([-1, 1]), m, fur)
        else: quadruped(C, 0, 3, 1, at=(cx, S * rng.uniform(.85, 1.1), z, S * rng.uniform(.5, 1.1)))
    elif k < .85:
        col = palette(rng, rng.choice([5, 5, 4, 7, 0])); its = [(z * rng.uniform(.9, 2.5 if i else 1), i) for i in range(rng.integers(1, 9))]
        for zz, i in sorted(its, reverse=True): flower(C, rng.uniform(.1, .9) * S, rng.uniform(.15, .8) * S, S * rng.uniform(.08, .25) * z / zz, zz, col)
        grass(C, .3)
    else:
        base = S * rng.uniform(.7, .98)
        if rng.random() < .6: C.gy = C.h - (base - S / 2) / C.f * z; ground(C, C.mat(scale=3), z * 2.2, 40)
        for _ in range(rng.integers(1, 4)): clutter(C, cx + rng.normal(0, .15) * S, base + rng.normal(0, 4), z * rng.uniform(.9, 1.2), S * rng.uniform(.15, .4))
    C.focus = (z, bl) if rng.random() < .85 else None
    return C
