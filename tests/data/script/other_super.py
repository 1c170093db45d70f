from shotgun_api3 import Shotgun
class Other(dict):
    def __init__(self, **kw):
        super(Other, self).__init__(**kw)


Shotgun('u')
