from shotgun_api3 import Shotgun
def connect(Shotgun):
    return Shotgun('u')
