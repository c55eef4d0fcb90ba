"""Streets, landscapes and fields."""
import math
import cv2
import numpy as np
from .animals import quadruped
from .masks import blob_mask
from .objects import car
from .people import person
from .plants import bush, frame_leaves, grass, tree
from .setting import camera, ground, place, sky
from .textures import TEX, palette

F32 = np.float32


def facade(C, p, e, L, H, m, win):
    r = C.rng; C.poly([p, p + e * L, p + e * L + [0, H, 0], p + [0, H, 0]], m)
    c = C.to_cam(p + e * L / 2)
    if c[2] > 45 or r.random() < .15: return
    nx, ny = min(int(L / r.uniform(2, 4)) + 1, 5), min(int(H / r.uniform(2.8, 3.6)) + 1, 4)
    g = C.mat(tint=win); lit = C.mat(tint=(.95, .85, .55))
    nrm = np.array([e[2], 0, -e[0]]); nrm = nrm * (1 if nrm @ (np.array([0, C.h, 0]) - p) > 0 else -1)
    for i in range(nx):
        for j in range(ny):
            q = p + e * L * (i + .25) / nx + np.array([0, H * (j + .25) / ny, 0]) + nrm * .03
            C.poly([q, q + e * L * .5 / nx, q + e * L * .5 / nx + [0, H * .5 / ny, 0], q + [0, H * .5 / ny, 0]], g if r.random() < .9 else lit)


def sc_street(rng, S):
    C = camera(rng, S, rng.uniform(45, 75), rng.normal(3, 4), rng.uniform(1.3, 2.6) if rng.random() < .85 else rng.uniform(3, 9), 1.)
    sky(C); ground(C, C.mat(tint=palette(rng, rng.choice([0, 6, 1])), scale=.5)); yaw = rng.normal(0, .12)
    ca, sa = math.cos(yaw), math.sin(yaw); E = np.array([sa, 0, ca]); R = np.array([ca, 0, -sa])
    rw = rng.uniform(2.5, 5)
    side = C.mat(tint=palette(rng, rng.choice([0, 1, 3])), scale=1.)
    for s in (-1, 1):   # pavement, kerb
        a = R * s * rw; b = R * s * 60; C.poly([a + [0, .1, 0] - E * 2, a + [0, .1, 0] + E * 250, b + [0, .1, 0] + E * 250, b + [0, .1, 0] - E * 2], side)
    if rng.random() < .6:
        wm = C.mat(tint=(.95, .95, .92))
        for z in np.arange(2, 45, rng.uniform(3, 6)): p = E * z + [0, .01, 0]; C.poly([p - R * .08, p + R * .08, p + R * .08 + E * 1.8, p - R * .08 + E * 1.8], wm)
    for s in (-1, 1):
        if rng.random() < .12: continue
        z = rng.uniform(-3, 8); d = rw + rng.uniform(1.2, 7)
        bl = []
        while z < 90:
            L, H = rng.uniform(6, 22), rng.uniform(4, 22); bl.append((z, L, H, d + rng.normal(0, .4))); z += L + (rng.uniform(2, 10) if rng.random() < .25 else 0)
        for z, L, H, dd in bl[::-1]:
            m = C.mat(tint=palette(rng, rng.choice([0, 1, 2, 5])) if rng.random() < .7 else None, scale=rng.uniform(.15, .8)); p = R * s * dd + E * z; win = rng.uniform(.05, .3, 3)
            C.poly([p, p + R * s * 14, p + R * s * 14 + [0, H, 0], p + [0, H, 0]], m); facade(C, p, E, L, H, m, win)
    it = [place(C, 3.5, 60, 1.) for _ in range(rng.integers(5, 18))]
    for X, Z in sorted(it, key=lambda t: -t[1]):
        side_x = rng.choice([-1, 1]) * (rw + rng.uniform(.2, 1.6)); k = rng.random(); P = R * side_x + E * Z
        if k < .3: P = R * rng.uniform(-.9, .9) * rw + E * max(Z, 4.5); car(C, P[0], P[2], math.pi / 2 + yaw + rng.choice([0, 0, 0, rng.uniform(-.6, .6)]))
        elif k < .6: C.shadow(P[0], P[2], .35); person(C, P[0], P[2], rng.uniform(.85, 1.05))
        elif k < .8: tree(C, P[0], P[2], rng.uniform(3.5, 10))
        elif k < .93:
            u, v, z = C.project((P[0], 0, P[2])); z = max(z, .5); kk = C.f / z; h = rng.uniform(2, 7); c = palette(rng, 6)
            C.capsule((u, v), (u, v - h * kk), .06 * kk, .045 * kk, z, z, c)
            if rng.random() < .5: C.capsule((u, v - h * kk), (u - np.sign(side_x) * 1.2 * kk, v - (h + .2) * kk), .04 * kk, .06 * kk, z, z, c)
            else: C.sprite(np.ones((max(int(.6 * kk), 1), max(int(.6 * kk), 1)), F32), int(u - .3 * kk), int(v - h * kk), z - .05, C.mat())
        else: bush(C, P[0], P[2], rng.uniform(.6, 2), rng.uniform(.5, 1.5))
    C.fog = rng.choice([0, 0, rng.uniform(.001, .012)])
    return C


def sc_land(rng, S):
    """Landscape: fractal ridges with aerial perspective, water or meadow, trees, foreground."""
    C = camera(rng, S, rng.uniform(38, 75), rng.normal(4, 6), rng.uniform(1.2, 3) if rng.random() < .6 else rng.uniform(3, 25), 1.); sky(C)
    water = rng.random() < .25
    gm = C.mat(tint=palette(rng, 4) * .8, scale=.15) if water else C.mat(tint=palette(rng, rng.choice([3, 3, 3, 1, 0])), scale=float(np.exp(rng.uniform(-2., .5))))
    ground(C, gm, 3000, 3000)
    hz = S / 2 - C.f * math.tan(math.asin(C.sp))
    nl = int(rng.integers(1, 6)); zs = np.sort(np.exp(rng.uniform(math.log(25 * max(C.h / 2, 1)), math.log(4000), nl)))[::-1]
    g = palette(rng, rng.choice([3, 3, 1, 0])); xs = np.arange(S)
    fogd = float(np.exp(rng.uniform(math.log(300), math.log(4000))))
    for z in zs:
        n = C.B.noise[rng.integers(14, 24)][rng.integers(TEX)]; st = rng.uniform(.15, 1.2)
        prof = np.interp(np.mod(xs * st + rng.integers(TEX), TEX - 1), np.arange(TEX), n); fine = np.interp(np.mod(xs * 3.1, TEX - 1), np.arange(TEX), C.B.noise[8][rng.integers(TEX)])
        amp = rng.uniform(.04, .4) * S * (1 if z > 300 else .5)
        top = hz - (prof - prof.min() * rng.uniform(.6, 1)) * amp * 1.6 - (fine - .5) * rng.uniform(0, 6); bot = hz + C.h / z * C.f + 1.5
        a = np.clip(C.py - top[None], 0, 1) * np.clip(bot - C.py + .5, 0, 1)
        f = math.exp(-z / fogd); m = C.mat(tint=g * rng.uniform(.6, 1.2), scale=rng.uniform(2, 12) / z)
        rgb = C.albedo(m, C.px * z / C.f, C.py * z / C.f, z / C.f)
        sl = np.gradient(cv2.GaussianBlur(top[None].astype(F32), (0, 0), 3)[0]); rgb = rgb * np.clip(.8 + sl * .4 * np.sign(C.L[0]), .4, 1.3)[None, :, None] * C.light
        rgb = rgb * f + C.fogc * (1 - f)
        C.put((slice(0, S), slice(0, S)), a, np.full((S, S), 1 / z, F32), rgb.astype(F32))
        if z < 700 and rng.random() < .5:
            for _ in range(rng.integers(3, 14)):
                zz = z * rng.uniform(.85, 1.); tree(C, rng.uniform(-.6, .6) * zz * S / C.f, zz, rng.uniform(.02, .06) * z + 3)
    it = [place(C, max(3.5, 1.5 * C.h), 180, 1.1) for _ in range(rng.integers(2, 22))]
    kind = rng.choice([0, 0, 1, 2])
    for X, Z in sorted(it, key=lambda t: -t[1]):
        if water and Z > 12: continue
        k = rng.random(); C.shadow(X, Z, .8, .4)
        if k < .5 and kind != 2: tree(C, X, max(Z, 6), rng.uniform(3, 12))
        elif k < .75: bush(C, X, Z, rng.uniform(.5, 3), rng.uniform(.4, 2))
        elif k < .9: # rock
            u, v, z = C.project((X, 0, Z)); kk = C.f / max(z, 1); w, h = rng.uniform(.4, 2.5) * kk, rng.uniform(.3, 1.4) * kk
            if 2 < w < S * 1.5: C.sprite(blob_mask(rng, w, h, .3), int(u - w / 2), int(v - h * .85), z, C.mat(tint=palette(rng, 0)), relief=w / kk * .3)
        elif k < .96: person(C, X, max(Z, 3))
        else: quadruped(C, X, max(Z, 3), rng.uniform(.8, 2))
    grass(C, p=.5)
    frame_leaves(C, .2)
    return C


def sc_field(rng, S):
    """People / animals on open ground or stage, simple background."""
    C = camera(rng, S, rng.uniform(30, 65), rng.normal(6, 5), rng.uniform(.5, 1.9), 1.2); 
    if rng.random() < .65: sky(C); zf = 500
    else: C.img[:] = palette(rng) * (.7 + .6 * cv2.resize(C.B.smooth[rng.integers(16)], (S, S))[..., None]); zf = 60
    ground(C, C.mat(tint=palette(rng, rng.choice([3, 1, 0, 7])), scale=float(np.exp(rng.uniform(-1, 1)))), zf)
    k = rng.random()
    if k < .3 or zf == 60: p = np.array([0, 0, rng.uniform(4, 25)]); e = np.array([1, 0, rng.normal(0, .2)]) * 200; C.poly([p - e, p + e, p + e + [0, 60 if zf == 60 else rng.uniform(1, 6), 0], p - e + [0, 60 if zf == 60 else rng.uniform(1, 6), 0]], C.mat(scale=rng.uniform(.2, 1.5)))
    elif k < .85:
        for _ in range(rng.integers(3, 16)):
            X, Z = place(C, 12, 70, 1.1)
            if rng.random() < .6: tree(C, X, Z, rng.uniform(4, 14))
            else: bush(C, X, Z, rng.uniform(2, 8), rng.uniform(1, 4))
    if rng.random() < .3:
        w = C.mat(tint=palette(rng, 1)); zf = rng.uniform(4, 14)
        for x in np.arange(-8, 8, .7): C.cuboid((x, 0, zf), .05, .5, .05, 0, w)
        for y in (.4, .8): C.poly([(-9, y, zf - .06), (9, y, zf - .06), (9, y + .12, zf - .06), (-9, y + .12, zf - .06)], w)
    an = rng.random() < .5; it = [place(C, 2., 14, .85) for _ in range(rng.integers(1, 8))]
    if rng.random() < .3:   # boulder / platform carrying the subjects
        m = C.mat(tint=palette(rng, rng.choice([0, 1]))); Z = rng.uniform(3, 6); C.cuboid((rng.normal(0, .5), 0, Z), rng.uniform(1, 3), rng.uniform(.1, .4), rng.uniform(.5, 1), rng.normal(0, .3), m)
    for X, Z in sorted(it, key=lambda t: -t[1]):
        C.shadow(X, Z, .45)
        if an ^ (rng.random() < .15): quadruped(C, X, Z, rng.uniform(.6, 1.8))
        else: person(C, X, Z, rng.uniform(.6, 1.05))
    grass(C, .25); frame_leaves(C, .12)
    if rng.random() < .25: C.focus = (float(np.median([z for _, z in it])), rng.uniform(.5, 3))
    return C


def sc_gorge(rng, S):
    """A far wall of rock or leaves with water falling down it or light on it, and nearer plants at the sides."""
    C = camera(rng, S, rng.uniform(35, 65), rng.normal(0, 5), rng.uniform(1.2, 4), 1.); sky(C); zc = rng.uniform(9, 60); k = C.f / zc
    ground(C, C.mat(tint=palette(rng, rng.choice([4, 3, 6])), scale=.3), zc * 1.2, 3 * zc)
    e = np.array([1, 0, rng.normal(0, .15)]) * 4 * zc; p = np.array([0, 0, zc]); h = zc * rng.uniform(.3, 1.5); C.poly([p - e, p + e, p + e + [0, h, 0], p - e + [0, h, 0]], C.mat(tint=palette(rng, rng.choice([3, 3, 1, 0, 6])) * .7, scale=rng.uniform(.1, .8)))
    for _ in range(int(rng.integers(6, 22))): bush(C, rng.uniform(-1, 1) * zc, zc * rng.uniform(.85, 1.), rng.uniform(.1, .4) * zc, rng.uniform(.1, .4) * zc)
    for _ in range(int(rng.integers(1, 3))):   # water: bright, streaked downwards, on the wall, down to its foot
        w, x = rng.uniform(.05, .3) * zc, rng.normal(0, .2) * zc; top = rng.uniform(.3, .95) * h; z = zc * rng.uniform(.8, .92); u, v, _ = C.project((x, 0, z)); n = max(int(w * C.f / z), 3); m = max(int(top * C.f / z), 3)
        a = np.clip(C.B.noise[int(rng.integers(8))][:1, :].repeat(m, 0) * 1.6 - .1, .15, 1); a = cv2.resize(a.astype(F32), (n, m)) * (.75 + .5 * cv2.resize(C.B.noise[3], (n, m))); edge = np.minimum(np.arange(n) + 1, n - np.arange(n)) / (.12 * n + 1)
        x0, y0 = int(u - n / 2), int(v) - m; bx = C.box(x0, y0, x0 + n - 1, y0 + m - 1)
        if bx is None: continue
        a = np.clip(a * np.clip(edge, 0, 1), 0, 1)[bx[0].start - y0:bx[0].stop - y0, bx[1].start - x0:bx[1].stop - x0]
        C.put(bx, a, np.full(a.shape, 1 / z, F32), np.asarray(np.array([.92, .95, 1.]) * rng.uniform(.75, 1.15), F32))
    for _ in range(int(rng.integers(0, 3))): C.decal(*rng.uniform(0, .7 * S, 2), *(rng.uniform(.05, .25, 2) * S), rng.uniform(0, 3), np.array([.95, .97, 1.]), rng.uniform(.2, .8), .5, zref=zc, tol=.2)
    for X, Z in sorted([place(C, 2.5, .7 * zc, 1.1) for _ in range(int(rng.integers(3, 16)))], key=lambda t: -t[1]):
        if abs(X) < .15 * Z and rng.random() < .8: continue
        if rng.random() < .2: tree(C, X, max(Z, 5), rng.uniform(3, 12))
        else: bush(C, X, Z, rng.uniform(.6, 3), rng.uniform(.5, 3))
    grass(C, .4); frame_leaves(C, .5); C.fog = rng.choice([0, 0, rng.uniform(0, .02)])
    return C
