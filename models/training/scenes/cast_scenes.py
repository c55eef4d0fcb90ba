"""The second edition's families of scenes, of solids that cast shadows (caster.py, solids.py)."""
import math
import cv2
import numpy as np
from .caster import Caster, turn
from .outdoor import sc_field, sc_gorge, sc_land, sc_street
from .solids import Frame, animal, animal_head, bed, bicycle, chair, drawers, human, lamp, leaves, railing, screen, shelf, small, sofa, table, twig
from .textures import palette, two_tone


def begin(rng, S, fov, pos, pitch, yaw=0., roll=2.):
    C = Caster(rng, S, fov, pos, pitch, yaw, rng.normal(0, roll))
    if rng.random() < .09:      # night or a dim room: one lamp, little else
        C.amb, C.sun = rng.uniform(.04, .15), rng.uniform(.6, 1.1); C.light = C.light * [1.2, 1., .75]
    return C


def behind(C, znear):
    """What stands far behind: a scene of the first edition pushed away, or soft blurs, as at a wide aperture."""
    r, S = C.rng, C.S
    if r.random() < .6:
        D = (sc_street, sc_land, sc_field)[r.integers(3)](r, S); img, disp = D.img, D.disp * r.uniform(.4, 1.)
        top = float(np.percentile(disp, 99)); disp = disp * min(1, 1 / (1.8 * znear) / max(top, 1e-6))
    else:
        a, b = palette(r), palette(r); img = two_tone(cv2.resize(C.B.smooth[r.integers(16)], (S, S)), a, b); z = znear * r.uniform(1.8, 8)
        disp = np.full((S, S), 1 / z, np.float32) * (1 + .2 * (C.py / S - .5) * r.uniform(0, 2))
        if r.random() < .5: img = np.clip(img + .35 * (cv2.GaussianBlur((r.random((S, S)) < .0015).astype(np.float32), (0, 0), S * .025)[..., None] * S), 0, 1.3)
    C.backdrop = (img.astype(np.float32), disp.astype(np.float32))


def spots(r, n, x0, x1, z0, z1, apart):
    """Up to n places on the ground that are some distance apart."""
    out = []
    for _ in range(4 * n):
        p = (r.uniform(x0, x1), r.uniform(z0, z1))
        if all(math.hypot(p[0] - q[0], p[1] - q[1]) > apart for q in out): out.append(p)
        if len(out) == n: break
    return out


def room(C, w, h, z0, z1, yaw=0.):
    """Walls with what hangs on them, floor and ceiling; z1 is the far wall."""
    r = C.rng; F = Frame(C, (0, 0, 0), yaw); m = C.mat(palette(r, r.choice([0, 0, 1, 7])), gloss=0, scale=.7); side = m if r.random() < .7 else C.mat(gloss=0); zc, zh = (z0 + z1) / 2, (z1 - z0) / 2
    C.floor(0, C.mat(scale=float(np.exp(r.uniform(-1, 1.2))), gloss=.3 if r.random() < .3 else 0)); wall = dict(shadow=False)
    F.box((0, h / 2, z1 + .05), (w + .1, h / 2, .05), m, **wall)
    for i in (-1, 1):
        F.box((i * (w + .05), h / 2, zc), (.05, h / 2, zh), side if i > 0 else m, **wall)
    F.box((0, h + .05, zc), (w, .05, zh), C.mat((.9, .9, .88), flat=.95, gloss=0), **wall)
    if r.random() < .7: F.box((0, .05, z1 - .01), (w, .05, .015), C.mat((.85, .85, .85), flat=.9))
    for _ in range(int(r.integers(1, 6))):
        k = r.integers(3); a, b, y = r.uniform(.15, .6), r.uniform(.15, .5), r.uniform(1.2, 1.8)
        if r.random() < .35: a, b, y = r.uniform(.4, .9), r.uniform(.5, .8), 1.5
        if r.random() < .2: a, b, y = .42, 1., 1.
        light = r.random() < .4; inner = C.mat((1.4, 1.45, 1.5), flat=.95, gloss=0) if light else C.mat(gloss=0, scale=1.)
        frame = C.mat(); R = turn(0) if k == 0 else turn(math.pi / 2 * (1 if k == 1 else -1))
        p = (r.uniform(-w, w) * .8, y, z1) if k == 0 else ((1 if k == 1 else -1) * w, y, r.uniform(z0 * .2, z1))
        F.box(p, (a + .05, b + .05, .02), frame, R, **wall); F.box(p, (a, b, .024), inner, R, **wall)
        if light:
            F.box(p, (.015, b, .03), frame, R); F.box(p, (a, .015, .03), frame, R)
            if r.random() < .6 and k == 0:
                cm = C.mat(gloss=0)
                for i in (-1, 1):
                    for q in range(5): x = p[0] + i * (a + .1 - q * .07); F.cone((x, .1, z1 - .08), (x, y + b + .15, z1 - .08), .05, .045, cm)
    if r.random() < .3: F.box((r.uniform(-1, 1), .006, zc + r.uniform(-1, 1)), (r.uniform(.5, 1.5), .006, r.uniform(.4, 1.2)), C.mat(gloss=0))


def sc_interior(rng, S):
    """A room with furniture, things on it, and perhaps people and animals."""
    h, z1, w = rng.uniform(2.3, 3.2), rng.uniform(2.2, 7.), rng.uniform(1.2, 3.)
    C = begin(rng, S, rng.uniform(45, 82), (rng.uniform(-.6, .6) * w, rng.uniform(.6, 1.75), 0), rng.normal(11, 9), rng.normal(0, .4)); room(C, w, h, -3, z1, rng.normal(0, .15))
    if rng.random() < .6: C.lamp = np.array([rng.uniform(-w, w) * .7, h - .25, rng.uniform(0, z1)]); C.sun *= 1.6; C.amb = max(C.amb, rng.uniform(.1, .7))
    for x, z in spots(rng, int(rng.integers(4, 12)), -w * .9, w * .9, .9, z1 - .3, .7):
        k = rng.integers(12); yaw = rng.choice([0, 0, math.pi / 2, -math.pi / 2, math.pi]) + rng.normal(0, .15); at = (x, 0, z)
        if k <= 1:
            a, b = rng.uniform(.3, .8), rng.uniform(.25, .5); y = table(C, at, yaw, a, rng.uniform(.4, .78), b, C.mat())
            for _ in range(int(rng.integers(0, 5))): small(C, Frame(C, at, yaw)(rng.uniform(-.8, .8) * a, y, rng.uniform(-.8, .8) * b), rng.uniform(.07, .22))
            for i in range(int(rng.integers(0, 3))): chair(C, Frame(C, at, yaw)(rng.uniform(-.5, .5) * a, 0, (b + .15) * (-1) ** i), yaw + math.pi * (i + 1))
        elif k == 2: chair(C, at, rng.uniform(0, 6.28))
        elif k == 3: sofa(C, at, yaw)
        elif k == 4: bed(C, at, yaw)
        elif k == 5: shelf(C, at, yaw if rng.random() < .5 else 0)
        elif k == 6: drawers(C, at, yaw)
        elif k == 7: lamp(C, at)
        elif k == 8: small(C, at, rng.uniform(.3, .9), rng.choice([8, 2, 5, 9, 10]))
        elif k == 9: human(C, at, rng.uniform(-1.5, 1.5), z < 2.5)
        elif k == 10: animal(C, at, rng.uniform(0, 6.28), rng.uniform(.25, .5), z < 2)
        else: y = table(C, at, yaw, .5, .7, .3, C.mat()); screen(C, Frame(C, at, yaw)(0, y, .1), yaw)
    if rng.random() < .2: C.focus = (rng.uniform(1., 3.), rng.uniform(.2, 1.))
    return C.cast()


def sc_still(rng, S):
    """Things on a table, from near: at 0.3 to 1.5 m, with a wall, cloth, room or nothing sharp behind."""
    d = rng.uniform(.35, 1.5); pitch = rng.uniform(3, 60) if rng.random() < .85 else rng.uniform(60, 88); e = math.radians(pitch); yaw = rng.normal(0, .5)
    C = begin(rng, S, rng.uniform(28, 58), (-d * math.cos(e) * math.sin(yaw), d * math.sin(e) + .04, -d * math.cos(e) * math.cos(yaw)), pitch - rng.uniform(-2, 6), yaw)
    size = d * rng.uniform(.16, .42); back = d * rng.uniform(.15, 1.6); m = C.mat(scale=float(np.exp(rng.uniform(-.5, 1.6))) / d ** .5, gloss=rng.choice([0, 0, .4]))
    k = rng.random()
    if k < .3: C.floor(0, m)
    else: C.box((0, -.02, 0), (rng.uniform(.4, 2) * d, .02, back if k < .7 else rng.uniform(.3, .9) * d), m); C.floor(-.72, C.mat(scale=1.))
    if k < .55: C.box((0, 1, back + .02), (4, 2, .02), C.mat(gloss=0), turn(rng.normal(0, .2)), shadow=False)
    elif k < .8: C.box((0, 1, back + rng.uniform(.8, 3)), (6, 3, .02), C.mat(gloss=0), shadow=False)
    else: behind(C, d + back)
    if rng.random() < .3:      # something large at the side: a box, a pot plant, a lamp
        small(C, (rng.choice([-1, 1]) * size * 2.5, 0, rng.uniform(-.3, .6) * back), size * rng.uniform(1.5, 3), rng.choice([5, 8, 2, 1]))
    for x, z in spots(rng, int(rng.integers(2, 12)), -.38 * d, .38 * d, -.35 * d, min(back, .6 * d), size * .6): small(C, (x, 0, z), size * rng.uniform(.45, 1.3))
    if rng.random() < .12: animal_head(Frame(C, (rng.uniform(-.2, .2) * d, size, back * .5), rng.normal(0, .5), size * 3), (0, 0, 0), (f := palette(rng, 1)), C.mat(f), C.mat(f * 1.2), True)
    if rng.random() < .5: C.focus = (d * rng.uniform(.8, 1.1), rng.uniform(.2, 1.6))
    return C.cast()


def sc_portrait(rng, S):
    """Faces and upper bodies near by, before a wall, a room or a blurred distance."""
    z = rng.uniform(.45, 2.2); eye = rng.uniform(1.4, 1.75); C = begin(rng, S, rng.uniform(24, 50), (0, eye, 0), rng.normal(0, 5), 0, 4); k = rng.random()
    if k < .25: C.box((0, 1.5, z + rng.uniform(.3, 3)), (8, 3, .02), C.mat(gloss=0), turn(rng.normal(0, .4)), shadow=rng.random() < .5)
    elif k < .5:
        room(C, rng.uniform(1.5, 3), 2.7, -1, z + rng.uniform(1, 4)); [small(C, (x, 0, q), rng.uniform(.5, 1.2)) for x, q in spots(rng, 3, -1.5, 1.5, z + .6, z + 2, .5)]
    else: behind(C, z)
    x = rng.normal(0, .12) * z; human(C, (x, 0, z), rng.normal(0, .45), True, True)
    if rng.random() < .3: human(C, (x + rng.choice([-1, 1]) * rng.uniform(.35, .6), rng.uniform(-.15, .1), z + rng.uniform(-.1, .6)), rng.normal(0, .5), True, True)
    if rng.random() < .2: small(C, (x + rng.normal(0, .15), 1.15, z - .25), rng.uniform(.12, .3))
    if rng.random() < .75: C.focus = (z, rng.uniform(.2, 2.))
    return C.cast()


def sc_pet(rng, S):
    """A cat, dog or other animal: its face fills the frame, or its body lies on something."""
    k = rng.random(); d = rng.uniform(.26, .55) if k < .6 else rng.uniform(.7, 2.5); y = rng.uniform(.05, .6)
    C = begin(rng, S, rng.uniform(30, 55), (0, y + rng.uniform(0, .3) * min(d, 1) / (1 if k > .6 else 2), 0), rng.normal(8, 7), 0, 4)
    if k > .3: C.floor(0, C.mat(scale=float(np.exp(rng.uniform(-.5, 2)))))
    q = rng.random()
    if q < .35: C.box((0, 1, d + rng.uniform(.3, 2)), (6, 3, .02), C.mat(gloss=0), turn(rng.normal(0, .3)), shadow=False)
    elif q < .55: sofa(C, (rng.normal(0, .3), 0, d + .3), rng.normal(0, .3))
    else: behind(C, d * 1.6)
    if k < .6:
        fur = palette(rng, rng.choice([1, 1, 0, 6, 5])); m = C.mat(fur, scale=rng.uniform(5, 14), flat=rng.uniform(.2, .7), gloss=0); w = C.mat(np.clip(fur * 1.4 + .1, 0, 1), gloss=0); F = Frame(C, (rng.normal(0, .06), y + rng.normal(0, .04), d), rng.normal(0, .4), rng.uniform(.3, .5))
        F.ball((rng.normal(0, .15), -.45, .42), (.34, .45, .5), m); animal_head(F, (0, 0, 0), fur, m, w, True)
    else:
        for x, z in spots(rng, int(rng.integers(1, 4)), -.5 * d, .5 * d, d * .8, d * 1.6, .45): animal(C, (x, 0, z), rng.uniform(-1.6, 1.6), rng.uniform(.25, .6), True)
    if rng.random() < .6: C.focus = (d, rng.uniform(.2, 1.8))
    return C.cast()


def sc_leaves(rng, S):
    """Plants, twigs and flowers near by, before a distance; depth in many layers."""
    z = rng.uniform(.4, 2.5); C = begin(rng, S, rng.uniform(30, 60), (0, rng.uniform(.3, 1.5), 0), rng.normal(4, 8)); behind(C, z * 1.5)
    if rng.random() < .4: C.floor(0, C.mat(palette(rng, rng.choice([3, 1])), scale=2., gloss=0))
    y = C.pos[1]; k = rng.integers(4); g = palette(rng, 3)
    if k == 0:
        for _ in range(int(rng.integers(1, 4))): twig(C, np.array([rng.choice([-1, 1]) * z * .7, y + rng.uniform(-.6, .5) * z, z * rng.uniform(.8, 1.5)]), (d := np.array([rng.normal(0, 1), rng.normal(.2, .6), rng.normal(0, .4)])) / np.linalg.norm(d), z * .35, z * .015, C.mat(palette(rng, 1)), int(rng.integers(3, 7)), g)
    elif k == 1:
        for x, q in spots(rng, int(rng.integers(2, 6)), -z, z, z * .8, z * 3, z * .3): leaves(C, (x, y - z * rng.uniform(.2, .8), q), z * rng.uniform(.3, .8), int(rng.integers(10, 40)), green=g)
    elif k == 2:
        col = palette(rng, rng.choice([5, 5, 4, 7, 0])); pm, cm, sm = C.mat(col, gloss=0, flat=.9), C.mat(palette(rng, 5)), C.mat(g, gloss=0)
        for x, q in spots(rng, int(rng.integers(1, 8)), -.5 * z, .5 * z, z * .8, z * 2.2, z * .15):
            R = z * rng.uniform(.05, .2); F = Frame(C, (x, y + rng.normal(0, .2) * z, q), rng.normal(0, .6), R); F.R = F.R @ turn(0, rng.uniform(-1.2, .2)); n = int(rng.integers(5, 14))
            for a in np.linspace(0, 6.28, n, endpoint=False): F.ball((math.cos(a) * .6, math.sin(a) * .6, rng.normal(0, .05)), (.45, .2, .04), pm, turn(0, 0, a), shadow=False)
            F.ball((0, 0, -.03), (.28, .28, .1), cm); C.cone(F(0, 0, .1), (x + rng.normal(0, .1) * z, y - 2 * z, q + .1), R * .07, R * .1, sm)
    else:
        for _ in range(int(rng.integers(20, 70))): q = z * rng.uniform(.6, 3); x = rng.uniform(-.8, .8) * q; b = y - q * rng.uniform(.3, .9); C.cone((x, b, q), (x + rng.normal(0, .15) * q, b + q * rng.uniform(.2, .8), q + rng.normal(0, .1)), .012 * z, .002, C.mat(g * rng.uniform(.5, 1.4), gloss=0), shadow=False)
    if rng.random() < .6: C.focus = (z * rng.uniform(.8, 1.5), rng.uniform(.2, 2.))
    return C.cast()


def sc_thin(rng, S):
    """Railings, fences, wires, poles and bicycles before a distance or a wall."""
    z = rng.uniform(.8, 5); C = begin(rng, S, rng.uniform(35, 70), (0, rng.uniform(.7, 1.8), 0), rng.normal(6, 7), rng.normal(0, .2)); C.floor(0, C.mat(scale=float(np.exp(rng.uniform(-1, 1))), gloss=0))
    if rng.random() < .35: C.box((0, 1, z + rng.uniform(.2, 4)), (20, 6, .02), C.mat(gloss=0, scale=1.), turn(rng.normal(0, .4)), shadow=False)
    else: behind(C, z * 1.5)
    for _ in range(int(rng.integers(1, 4))):
        k = rng.integers(6); m = C.mat(palette(rng, rng.choice([6, 0, 0, 5])))
        if k == 0: a, s = rng.normal(0, .5), 4 * z; railing(C, (-s * math.cos(a), 0, z - s * math.sin(a)) if z > s * abs(math.sin(a)) + .5 else (-2 * z, 0, z), (2 * z, 0, z * rng.uniform(.8, 1.4)), rng.uniform(.7, 1.2), m)
        elif k == 1: bicycle(C, (rng.normal(0, .3) * z, 0, z), rng.normal(0, .6))
        elif k == 2:
            for x, q in spots(rng, 4, -z, z, z, 4 * z, .5): C.cone((x, 0, q), (x, rng.uniform(2, 6), q), .05, .04, m)
        elif k == 3:
            for _ in range(int(rng.integers(2, 7))): y, q = C.pos[1] + rng.uniform(-.1, .6) * z, z * rng.uniform(.8, 2); s = rng.normal(0, .2) * z; C.cone((-2 * q, y - s, q), (2 * q, y + s, q * rng.uniform(.8, 1.3)), .006 * z, .006 * z, m, shadow=False)
        elif k == 4:   # wire mesh
            w = .004 * z; n = int(rng.integers(8, 16)); h = .6 * z
            for i in range(-n, n + 1):
                for s in (-1, 1): x = i * h / n * 1.5; C.cone((x - s * h, C.pos[1] - h, z), (x + s * h, C.pos[1] + h, z), w, w, m, shadow=False)
        else:
            for x, q in spots(rng, int(rng.integers(1, 4)), -.6 * z, .6 * z, z, 3 * z, .5): human(C, (x, 0, q), rng.uniform(-2, 2), q < 2.5) if rng.random() < .6 else chair(C, (x, 0, q), rng.uniform(0, 6.28))
    if rng.random() < .3: C.focus = (z * rng.uniform(.9, 2), rng.uniform(.2, 1.5))
    return C.cast()


def sc_outside(rng, S):
    """People, animals and solids on open ground, with hard shadows of the sun."""
    C = begin(rng, S, rng.uniform(35, 65), (0, rng.uniform(.5, 2.), 0), rng.normal(5, 5)); behind(C, 6); C.floor(0, C.mat(palette(rng, rng.choice([3, 1, 0])), scale=float(np.exp(rng.uniform(-1.5, 1))), gloss=0)); C.amb, C.sun = rng.uniform(.2, .5), rng.uniform(.7, 1.1); C.L[1] = rng.uniform(.2, 1); C.L /= np.linalg.norm(C.L)
    for x, z in spots(rng, int(rng.integers(1, 9)), -4, 4, 1.5, 12, .8):
        k = rng.integers(7); at = (x * z / 6, 0, z)
        if k <= 1: human(C, at, rng.uniform(-2, 2), z < 3)
        elif k == 2: animal(C, at, rng.uniform(0, 6.28), rng.uniform(.4, 1.3), z < 3)
        elif k == 3: C.box((at[0], rng.uniform(.2, 1), z), rng.uniform(.2, 1.2, 3), C.mat(scale=1.), turn(rng.uniform(0, 3)))
        elif k == 4: C.ball((at[0], rng.uniform(0, .4), z), rng.uniform(.3, 1., 3), C.mat(palette(rng, 0), gloss=0), turn(rng.uniform(0, 3)))   # rock
        elif k == 5: h = rng.uniform(2, 5); C.cone(at, (at[0], h * .6, z), .12, .08, C.mat(palette(rng, 1))); [C.ball((at[0] + rng.normal(0, .4), h * rng.uniform(.6, 1.1), z + rng.normal(0, .4)), rng.uniform(.3, .9), C.mat(palette(rng, 3), scale=1.5, flat=.4, gloss=0)) for _ in range(5)]
        else: small(C, at, rng.uniform(.4, 1.2))
    if rng.random() < .25: C.focus = (rng.uniform(2, 6), rng.uniform(.3, 2))
    if rng.random() < .3: C.fog = rng.uniform(0, .03)
    return C.cast()


CAST_SCENES = [(sc_interior, .22), (sc_still, .22), (sc_portrait, .14), (sc_pet, .15), (sc_leaves, .08), (sc_thin, .08), (sc_outside, .1), (sc_gorge, .11)]
