from shotgun_api3 import Shotgun

sg = Shotgun('u')
