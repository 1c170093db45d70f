from shotgun_api3 import Shotgun
isinstance(x, Shotgun)
CLASSES = [Shotgun]


def f(sg=Shotgun):
    return Shotgun
