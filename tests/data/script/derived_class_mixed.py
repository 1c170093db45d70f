from shotgun_api3 import Shotgun
class Studio(Mixin, Shotgun):
    pass


Studio('u')
