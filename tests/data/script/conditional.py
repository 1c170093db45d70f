from shotgun_api3 import Shotgun
sg = Shotgun('a') if live else Shotgun('b')
assert Shotgun('c') and not Shotgun('d')
