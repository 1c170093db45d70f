from shotgun_api3 import Shotgun
Shotgun('u')

def f(:
    Shotgun('v')
