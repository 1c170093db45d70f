from shotgun_api3 import Shotgun
sg = wrap(Shotgun('u'), other=[Shotgun('v')])
Shotgun(Shotgun('u').base_url)
