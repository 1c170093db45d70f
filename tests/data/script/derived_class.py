from shotgun_api3 import Shotgun
class Studio(Shotgun):
    def hello(self):
        return 1


class Deeper(Studio):
    pass


a = Studio('u')
b = Deeper('u', connect=False)
