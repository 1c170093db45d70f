from shotgun_api3 import Shotgun
def a():
    Shotgun = None
    return Shotgun


def b():
    class Shotgun(object):
        pass
    return Shotgun()


class C(object):
    Shotgun = 1

    def m(self):
        return Shotgun('u')
