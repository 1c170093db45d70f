from shotgun_api3 import Shotgun
Shotgun('u')
x = `1`
Shotgun('v')
