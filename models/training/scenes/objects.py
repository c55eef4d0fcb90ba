"""Cars, furniture and the things that lie on it."""
import math
import cv2
import numpy as np
from .masks import blob_mask
from .plants import plant
from .textures import palette

F32 = np.float32


def car(C, X, Z, yaw):
    r = C.rng; b = C.mat(tint=palette(r, r.choice([0, 0, 6, 5, 4]))); g = C.mat(tint=(.12, .14, .17)); y = C.gy
    L, W, H = r.uniform(1.9, 2.4), r.uniform(.8, .95), r.uniform(1.3, 1.6)
    C.shadow(X, Z, 1.6, .6)
    C.cuboid((X, y + .3, Z), L, .25 + .06, W, yaw, b)
    C.cuboid((X, y + .9, Z), L * r.uniform(.5, .75), (H - .9) / 2, W * .95, yaw, g, b, taper=.8)
    ca, sa = math.cos(yaw), math.sin(yaw)
    for i in (-.62, .62):
        for j in (-1, 1):
            wx, wz = X + ca * L * i + sa * W * j, Z - sa * L * i + ca * W * j
            u, v, z = C.project((wx, y + .32, wz))
            if z > .5:
                k = C.f / z; C.ellipse(u, v, .32 * k * max(abs(ca), .3), .32 * k, 0, z, .05, (.05, .05, .05)); C.ellipse(u, v, .17 * k * max(abs(ca), .3), .17 * k, 0, z - .06, .02, (.5, .5, .5))
    for j in (-.7, .7):   # lamps towards the camera
        e = -1 if math.cos(yaw) * 0 - sa * -1 < 0 else 1
        u, v, z = C.project((X + ca * L * e + sa * W * j, y + .62, Z - sa * L * e + ca * W * j))
        if z > .5: C.decal(u, v, .14 * C.f / z, .08 * C.f / z, 0, r.choice([1., .9]) * np.array([1, .95, .8]) if r.random() < .5 else np.array([.8, .1, .08]), .9, .3, zref=z)


def table(C, X, Z, w, h, d, yaw, m=None):
    r = C.rng; m = m or C.mat(); y = C.gy; ca, sa = math.cos(yaw), math.sin(yaw)
    C.shadow(X, Z, max(w, d), .35)
    for i, j in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        C.cuboid((X + (ca * w * i + sa * d * j) * .92, y, Z + (-sa * w * i + ca * d * j) * .92), .03, h / 2, .03, yaw, m)
    C.cuboid((X, y + h, Z), w, .025, d, yaw, m)


def chair(C, X, Z, yaw):
    r = C.rng; m, m2 = C.mat(), C.mat(); y = C.gy; s = r.uniform(.2, .26); ca, sa = math.cos(yaw), math.sin(yaw)
    C.shadow(X, Z, .3, .4)
    for i, j in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        C.cuboid((X + (ca * i + sa * j) * s * .9, y, Z + (-sa * i + ca * j) * s * .9), .02, .22, .02, yaw, m)
    C.cuboid((X, y + .43, Z), s, .03, s, yaw, m2)
    C.cuboid((X + sa * s, y + .46, Z + ca * s), s, r.uniform(.2, .32), .025, yaw, m2)


def sofa(C, X, Z, yaw):
    r = C.rng; m = C.mat(); y = C.gy; w, d = r.uniform(.45, 1.1), r.uniform(.38, .5); ca, sa = math.cos(yaw), math.sin(yaw)
    C.shadow(X, Z, w, .4); at = lambda a, b: (X + ca * a + sa * b, y, Z - sa * a + ca * b)
    C.cuboid(at(0, 0), w, .21, d, yaw, m); C.cuboid(at(0, d * .8), w, .42, d * .25, yaw, m)
    for s in (-1, 1): C.cuboid(at(s * w, 0), .1, .3, d, yaw, m)
    for _ in range(r.integers(0, 4)):
        p = at(r.uniform(-.7, .7) * w, d * .35); u, v, z = C.project((p[0], y + .55, p[2])); k = C.f / max(z, .3)
        C.ellipse(u, v, .2 * k, .17 * k, r.normal(0, .4), z, .1, None, C.mat())


def shelf(C, X, Z, w, h, d, yaw):
    r = C.rng; m = C.mat(); y = C.gy; ca, sa = math.cos(yaw), math.sin(yaw)
    C.cuboid((X, y, Z), w, h / 2, d, yaw, m); n = int(r.integers(2, 6))
    e = np.array([ca, 0, -sa]); f0 = np.array([X, y, Z]) - np.array([sa, 0, ca]) * (d + .004)
    for i in range(n):   # dark compartments with books on the front face
        yb = h * (i + .08) / n; hh = h * .84 / n
        C.quad(f0 - e * w * .94 + [0, yb, 0], e * w * 1.88, [0, hh, 0], C.mat(tint=(.1, .08, .07)))
        x = -w * .92
        while x < w * .85:
            bw = r.uniform(.02, .07); bh = hh * r.uniform(.5, .95)
            if r.random() < .8: C.quad(f0 - np.array([sa, 0, ca]) * .01 + e * x + [0, yb, 0], e * bw, [0, bh, 0], C.mat(tint=palette(r)))
            x += bw * r.uniform(1, 1.6)
            if n * w > 3 and r.random() < .4: x += .15


def clutter(C, u, v, z, R, n=None):
    """Random small object standing on pixel (u, v) with size R px at distance z."""
    r = C.rng; kd = r.integers(8); mpp = z / C.f
    if kd == 0:
        C.lathe(u, v, R * r.uniform(.8, 2.2), np.clip(np.interp(np.linspace(0, 1, 12), np.linspace(0, 1, 5), r.uniform(.3, 1, 5)), .15, 1) * R * .6, z, C.mat(scale=1 / max(R * mpp, .02)), curve=r.uniform(.1, .4))
    elif kd == 1:   # cup with handle
        h = R * r.uniform(.9, 1.3); rr = R * r.uniform(.4, .6); s = r.choice([-1, 1])
        m = np.zeros((int(h) + 2, int(h) + 2), np.uint8); cv2.ellipse(m, (int(h / 2), int(h / 2)), (max(int(h * .26), 1), max(int(h * .3), 1)), 0, 0, 360, 255, max(1, int(h * .1)), cv2.LINE_AA)
        mt = C.mat(tint=palette(r)); C.sprite(m.astype(F32) / 255, int(u + s * rr - h / 2), int(v - h), z, mt, relief=.0)
        C.lathe(u, v, h, np.linspace(r.uniform(.6, 1), 1, 8) * rr, z, mt, curve=r.uniform(.15, .45))
    elif kd == 2:
        C.ellipse(u, v - R * .6, R * .6, R * .6, 0, z, R * .6 * mpp, None, C.mat(scale=1 / max(R * mpp, .02)))
    elif kd == 3:
        w, h = R * r.uniform(.6, 1.8), R * r.uniform(.6, 2.2)
        C.sprite(blob_mask(r, w, h), int(u - w / 2), int(v - h), z, C.mat(scale=.6 / max(R * mpp, .02)), relief=min(w, h) * .4 * mpp)
    elif kd == 4:   # figurine: stacked ellipses
        y = v; w = R * r.uniform(.4, .7); m = C.mat(scale=1 / max(R * mpp, .02))
        for _ in range(r.integers(2, 5)):
            h = w * r.uniform(.7, 1.4); C.ellipse(u + r.normal(0, .06) * R, y - h, w, h, 0, z, w * mpp, None, m); y -= h * 1.6; w *= r.uniform(.55, .95)
        for s in (-1, 1): C.capsule((u + s * w, y + R * .6), (u + s * R * r.uniform(.5, .9), y + R * r.uniform(.3, 1.1)), R * .1, R * .08, z, z - .3 * R * mpp, None, m)
    elif kd == 5:
        plant(C, u, v, z, R * r.uniform(1.5, 2.8))
    elif kd == 6:   # bundle of rods
        for _ in range(r.integers(3, 10)):
            C.capsule((u + r.normal(0, .15) * R, v - r.uniform(0, .2) * R), (u + r.normal(0, .6) * R, v - R * r.uniform(.8, 2.2)), R * r.uniform(.02, .1), R * r.uniform(.02, .1), z + r.normal(0, .2) * R * mpp, z + r.normal(0, .3) * R * mpp, palette(r))
    else:           # wheel / ring assembly
        R = max(R, 4); n = int(2 * R) + 4; m = np.zeros((n, n), np.uint8); c = (n // 2, n // 2); rx = int(R * r.uniform(.35, 1)) ; ry = int(R * .95)
        cv2.ellipse(m, c, (rx, ry), 0, 0, 360, 255, max(1, int(R * r.uniform(.06, .25))), cv2.LINE_AA)
        for a in np.linspace(0, 6.28, int(r.integers(3, 14)), endpoint=False): cv2.line(m, c, (int(c[0] + rx * math.cos(a)), int(c[1] + ry * math.sin(a))), 255, 1, cv2.LINE_AA)
        cv2.ellipse(m, c, (max(rx // 5, 1), max(ry // 5, 1)), 0, 0, 360, 255, -1, cv2.LINE_AA)
        C.sprite(m.astype(F32) / 255, int(u - n / 2), int(v - n), z, C.mat(tint=palette(r, r.choice([0, 6, 5]))), relief=0)
        for _ in range(r.integers(0, 5)): C.capsule((u, v - R), (u + r.normal(0, 1.5) * R, v - R + r.normal(-.6, .8) * R), R * .07, R * .07, z, z + r.normal(0, .3) * R * mpp, palette(r))
