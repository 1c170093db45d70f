from shotgun_api3 import Shotgun
Shotgun('u').find_one('Shot', [])
x = [Shotgun(u) for u in urls]
