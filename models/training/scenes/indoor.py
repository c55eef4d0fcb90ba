"""Rooms and table tops."""
import math
import cv2
import numpy as np
from .animals import quadruped
from .objects import chair, clutter, shelf, sofa, table
from .people import person
from .plants import plant
from .setting import camera, ground, place
from .textures import palette


def sc_room(rng, S):
    C = camera(rng, S, rng.uniform(45, 80), rng.normal(9, 8), rng.uniform(.9, 1.9), 1.2)
    hh = max(rng.uniform(2.3, 3.4), C.h + .5); dep = rng.uniform(2.6, 8.5); wl, wr = rng.uniform(1.2, 4.5, 2); yaw = rng.normal(0, .35)
    ca, sa = math.cos(yaw), math.sin(yaw)
    W = lambda x, y, z: (ca * x + sa * (z - dep * .5), y, -sa * x + ca * (z - dep * .5) + dep * .5)
    wall = C.mat(tint=palette(rng, rng.choice([0, 0, 1, 7])), scale=1.) if rng.random() < .7 else C.mat()
    z0 = -3.
    ground(C, C.mat(scale=rng.uniform(.3, 2)), 40, 30)
    C.poly([W(-wl, 0, dep), W(wr, 0, dep), W(wr, hh, dep), W(-wl, hh, dep)], wall)
    C.poly([W(-wl, 0, z0), W(-wl, 0, dep), W(-wl, hh, dep), W(-wl, hh, z0)], wall)
    C.poly([W(wr, 0, z0), W(wr, 0, dep), W(wr, hh, dep), W(wr, hh, z0)], wall if rng.random() < .7 else C.mat())
    C.poly([W(-wl, hh, z0), W(wr, hh, z0), W(wr, hh, dep), W(-wl, hh, dep)], C.mat(tint=(.9, .9, .88), scale=.5))
    # wall decoration: pictures, windows, doors (thin, same depth)
    for _ in range(rng.integers(1, 7)):
        wh = rng.integers(3); bw, bh = rng.uniform(.2, .9), rng.uniform(.2, .9); yb = rng.uniform(.9, 1.6)
        if rng.random() < .25: bw, bh, yb = .45, 2., 0.02
        if rng.random() < .2: bw, bh, yb = rng.uniform(.6, 1.2), 1.1, .9
        if wh == 0: p = rng.uniform(-wl, wr - bw); q = [W(p, yb, dep - .03), W(p + 2 * bw, yb, dep - .03), W(p + 2 * bw, yb + bh, dep - .03), W(p, yb + bh, dep - .03)]
        else:
            s = -wl + .03 if wh == 1 else wr - .03; p = rng.uniform(.5, dep - 1); q = [W(s, yb, p), W(s, yb, p + 2 * bw), W(s, yb + bh, p + 2 * bw), W(s, yb + bh, p)]
        C.poly(q, C.mat(tint=palette(rng)))
        c = np.mean(q, 0); C.poly([tuple(c + (np.array(t) - c) * .86) for t in q], C.mat(scale=rng.uniform(.5, 2)) if rng.random() < .6 else C.mat(tint=(.95, .97, 1.)), amb_only=True)
    if rng.random() < .3:   # rug
        X, Z = place(C, 1.5, dep); w, d = rng.uniform(.5, 1.5, 2); C.poly([(X - w, .004, Z - d), (X + w, .004, Z - d), (X + w, .004, Z + d), (X - w, .004, Z + d)], C.mat())
    items = []
    for _ in range(rng.integers(3, 11)):
        X, Z = place(C, 1.1, max(dep * .95, 1.6), .95); items.append((Z, X))
    for Z, X in sorted(items, reverse=True):
        k = rng.integers(12); yw = rng.choice([0, np.pi / 2, np.pi, yaw, rng.uniform(0, 6.3)])
        if k == 0: table(C, X, Z, rng.uniform(.3, .9), rng.uniform(.4, .8), rng.uniform(.25, .5), yw)
        elif k in (1, 2): chair(C, X, Z, yw)
        elif k == 3: sofa(C, X, Z + .3, yw)
        elif k == 4: shelf(C, X, Z, rng.uniform(.3, .8), rng.uniform(.7, 2.2), .17, yw * .3)
        elif k in (5, 6):
            C.shadow(X, Z, .4, .5); C.cuboid((X, 0, Z), rng.uniform(.15, .7), rng.uniform(.1, .6), rng.uniform(.15, .5), yw, C.mat(), C.mat())
        elif k == 7: u, v, z = C.project((X, 0, Z)); plant(C, u, v, max(z, .4), rng.uniform(.5, 1.5) * C.f / max(z, .4))
        elif k == 8: C.shadow(X, Z, .3); person(C, X, Z, rng.uniform(.75, 1.05))
        elif k == 9:   # lamp
            u, v, z = C.project((X, 0, Z)); z = max(z, .4); kk = C.f / z; C.capsule((u, v), (u, v - 1.4 * kk), .02 * kk, .02 * kk, z, z, palette(rng, 6)); C.lathe(u, v - 1.3 * kk, .3 * kk, np.linspace(.22, .12, 5) * kk, z, C.mat(tint=(.98, .93, .8)), .1)
        elif k == 10: quadruped(C, X, Z, rng.uniform(.4, .8))
        else:   # bed
            C.cuboid((X, 0, Z), rng.uniform(.6, .9), .22, rng.uniform(.7, 1.), yw, C.mat(), C.mat(tint=palette(rng, rng.choice([0, 4, 7]))))
    # things standing on surfaces close to the camera
    for _ in range(rng.integers(0, 4)):
        X, Z = place(C, 1.3, dep); y = rng.choice([.45, .75, .9]); C.cuboid((X, 0, Z), .3, y / 2, .3, rng.uniform(0, 3), C.mat())
        u, v, z = C.project((X, y, Z)); clutter(C, u, v, max(z, .4), rng.uniform(.08, .2) * C.f / max(z, .4))
    return C


def sc_table(rng, S):
    """Still life: table plane, wall or cloth behind, clutter of objects at 0.5 - 2 m."""
    C = camera(rng, S, rng.uniform(28, 55), rng.uniform(2, 42), rng.uniform(.25, .9), 2.)
    ground(C, C.mat(scale=rng.uniform(.7, 6)), 60, 60)
    zc = C.h / max(math.tan(math.asin(C.sp)), .12); zc = min(zc, 2.2); back = zc * rng.uniform(1.15, 2.6)
    if rng.random() < .8:
        yw = rng.normal(0, .25); e = np.array([math.cos(yw), 0, -math.sin(yw)]) * 12
        p = np.array([0, 0, back]); C.poly([p - e, p + e, p + e + [0, 8, 0], p - e + [0, 8, 0]], C.mat(scale=rng.uniform(.5, 5)))
        if rng.random() < .4: p = p - [0, 0, .05]; x = rng.uniform(-.5, .2); w = rng.uniform(.2, .8); y = rng.uniform(0, .5); C.poly([p + [x, y, 0], p + [x + w, y, 0], p + [x + w, y + w, 0], p + [x, y + w, 0]], C.mat(scale=2))
    else:
        sub = C.disp <= 1 / (zc * 3); n = C.B.smooth[rng.integers(16)]; c = palette(rng) + (cv2.resize(n, (S, S))[..., None] - .5) * (palette(rng) - .3)
        C.img[sub] = c[sub]; C.disp[sub] = np.minimum(C.disp[sub], 1 / (zc * 3))
    its = []
    for _ in range(rng.integers(2, 13)):
        Z = rng.uniform(.55, 1.) * back if rng.random() < .7 else rng.uniform(.4, 1) * zc
        its.append((max(Z, .3), rng.uniform(-.8, .8) * Z * S / (2 * C.f)))
    for Z, X in sorted(its, reverse=True):
        sz = rng.uniform(.05, .22) * zc; u, v, z = C.project((X, 0, Z)); z = max(z, .2)
        C.shadow(X, Z, sz * .6)
        if rng.random() < .4:
            C.cuboid((X, 0, Z), sz * rng.uniform(.2, .9), sz * rng.uniform(.05, 1.2), sz * rng.uniform(.15, .6), rng.uniform(0, 3.14), C.mat(scale=.5 / sz), C.mat(scale=.5 / sz), taper=rng.choice([1, 1, 1, .3]))
        else: clutter(C, u, v, z, sz * C.f / z)
    if rng.random() < .25:   # plate / flat disc seen from above
        X, Z = rng.normal(0, .15), zc * rng.uniform(.7, 1.1); u, v, z = C.project((X, .01, Z)); R = rng.uniform(.1, .25) * zc * C.f / z; e = max(C.sp, .15); m = palette(rng)
        C.ellipse(u, v, R, R * e, 0, z, .03, m); C.ellipse(u, v, R * .7, R * e * .65, 0, z - .005, .03, m * .85)
        clutter(C, u, v + R * .15, z * .97, R * rng.uniform(.4, .8))
    if rng.random() < .35: C.focus = (zc * rng.uniform(.7, 1.1), rng.uniform(.3, 1.5))
    return C
