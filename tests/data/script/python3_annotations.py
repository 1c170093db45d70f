from shotgun_api3 import Shotgun
sg: Shotgun = Shotgun('u')


def connect(url: str, kind: type = Shotgun) -> Shotgun:
    return Shotgun(url)


async def f():
    await g(Shotgun('u'))
