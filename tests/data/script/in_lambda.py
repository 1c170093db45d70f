from shotgun_api3 import Shotgun
connect = lambda url: Shotgun(url)
d = {'sg': lambda: Shotgun('u'), 'x': 1}
