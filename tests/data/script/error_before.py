from shotgun_api3 import Shotgun
x = = 1
Shotgun('u')
