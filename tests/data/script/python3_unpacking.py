from shotgun_api3 import Shotgun
Shotgun(*a, *b, **{'x': 1}, **c)
Shotgun('u', *['v'])
